/* SPDX-License-Identifier: MIT
 *
 * After the patch, but the lock binds userspace instead of the guest.
 */
#include "kvm.h"

/* The vCPU is new: nothing is in the register, and only the lock may be set. */
void __vmx_vcpu_reset(struct kvm_vcpu *vcpu)
{
	to_vmx(vcpu)->msr_ia32_feature_control_valid_bits = FEAT_CTL_LOCKED;
}

/* KVM_SET_CPUID2: userspace has told which features the guest sees. */
void vmx_vcpu_after_set_cpuid(struct kvm_vcpu *vcpu)
{
	struct vcpu_vmx *vmx = to_vmx(vcpu);
	u64 vmx_bits = FEAT_CTL_VMX_ENABLED_INSIDE_SMX | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	bool sgx = guest_cpuid_has(vcpu, X86_FEATURE_SGX);
	bool sgx_lc = guest_cpuid_has(vcpu, X86_FEATURE_SGX_LC);

	if (guest_cpuid_has(vcpu, X86_FEATURE_VMX))
		vmx->msr_ia32_feature_control_valid_bits |= vmx_bits;
	else
		vmx->msr_ia32_feature_control_valid_bits &= ~vmx_bits;

	vmx_write_encls_bitmap(vcpu, NULL);

	if (sgx)
		vmx->msr_ia32_feature_control_valid_bits |= FEAT_CTL_SGX_ENABLED;
	else
		vmx->msr_ia32_feature_control_valid_bits &= ~FEAT_CTL_SGX_ENABLED;

	if (sgx_lc)
		vmx->msr_ia32_feature_control_valid_bits |= FEAT_CTL_SGX_LC_ENABLED;
	else
		vmx->msr_ia32_feature_control_valid_bits &= ~FEAT_CTL_SGX_LC_ENABLED;
}

/* KVM_X86_SETUP_MCE: userspace has told what the guest's machine checks can do. */
void vmx_setup_mce(struct kvm_vcpu *vcpu)
{
	struct vcpu_vmx *vmx = to_vmx(vcpu);

	if (vcpu->arch.mcg_cap & MCG_LMCE_P)
		vmx->msr_ia32_feature_control_valid_bits |= FEAT_CTL_LMCE_ENABLED;
	else
		vmx->msr_ia32_feature_control_valid_bits &= ~FEAT_CTL_LMCE_ENABLED;
}

static bool is_vmx_feature_control_msr_valid(struct vcpu_vmx *vmx, struct msr_data *msr)
{
	u64 valid_bits = vmx->msr_ia32_feature_control_valid_bits;

	/* A model bit outside the mask means that somebody forgot to extend the mask. */
	WARN_ON_ONCE(valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL);

	/* The lock binds the guest only: userspace must be able to restore a snapshot. */
	if (msr->host_initiated && (vmx->msr_ia32_feature_control & FEAT_CTL_LOCKED))
		return false;

	if (msr->host_initiated)
		valid_bits = KVM_SUPPORTED_FEATURE_CONTROL;

	return !(msr->data & ~valid_bits);
}

int vmx_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	struct vcpu_vmx *vmx = to_vmx(vcpu);
	u64 data = msr_info->data;

	switch (msr_info->index) {
	case MSR_IA32_FEAT_CTL:
		if (!is_vmx_feature_control_msr_valid(vmx, msr_info))
			return 1;

		vmx->msr_ia32_feature_control = data;

		/* Userspace writes 0 to reset the vCPU: whatever nested guest it runs ends here. */
		if (msr_info->host_initiated && !data)
			vmx_leave_nested(vcpu);

		/* SGX_ENABLED may have changed, and with it what ENCLS may do. */
		vmx_write_encls_bitmap(vcpu, NULL);
		return 0;
	default:
		return kvm_set_msr_common(vcpu, msr_info);
	}
}
