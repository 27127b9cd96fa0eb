/* SPDX-License-Identifier: MIT
 *
 * VMXON by a guest: the checks between the VM exit and VMX operation, in the order in which the processor makes them.
 * Fetching and checking the VMXON region, which comes after them, is left out.
 */
#include "kvm.h"

static int refuse_with_gp(struct kvm_vcpu *vcpu)
{
	kvm_inject_gp(vcpu, 0);
	return 1;
}

int handle_vmxon(struct kvm_vcpu *vcpu)
{
	const u64 needed = FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	struct vcpu_vmx *vmx = to_vmx(vcpu);
	int ret;

	if (!kvm_read_cr4_bits(vcpu, X86_CR4_VMXE)) {
		kvm_queue_exception(vcpu, UD_VECTOR);
		return 1;
	}

	if (vmx_get_cpl(vcpu) != 0)
		return refuse_with_gp(vcpu);

	if (vmx->nested.vmxon)
		return nested_vmx_fail(vcpu, VMXERR_VMXON_IN_VMX_ROOT_OPERATION);

	if (!nested_host_cr0_valid(vcpu, vcpu->arch.cr0))
		return refuse_with_gp(vcpu);
	if (!nested_host_cr4_valid(vcpu, vcpu->arch.cr4))
		return refuse_with_gp(vcpu);

	/* Both bits: an unlocked register permits nothing yet. */
	if (needed & ~vmx->msr_ia32_feature_control)
		return refuse_with_gp(vcpu);

	ret = enter_vmx_operation(vcpu);
	return ret ? ret : nested_vmx_succeed(vcpu);
}
