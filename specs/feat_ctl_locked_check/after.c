/* SPDX-License-Identifier: MIT
 *
 * WRMSR after patch 2 of the series: the helper looks at the lock, after its warning and before the bits.
 */
#include "kvm.h"

#define KVM_SUPPORTED_FEATURE_CONTROL				\
	(FEAT_CTL_LOCKED | FEAT_CTL_LMCE_ENABLED |		\
	 FEAT_CTL_VMX_ENABLED_INSIDE_SMX | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX | \
	 FEAT_CTL_SGX_ENABLED | FEAT_CTL_SGX_LC_ENABLED)

static inline bool is_vmx_feature_control_msr_valid(struct vcpu_vmx *vmx, struct msr_data *msr)
{
	u64 valid_bits = vmx->msr_ia32_feature_control_valid_bits;

	/* A model bit outside the mask means that somebody forgot to extend the mask. */
	WARN_ON_ONCE(valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL);

	/* The lock binds the guest only: userspace must be able to restore a snapshot. */
	if (msr->host_initiated)
		valid_bits = KVM_SUPPORTED_FEATURE_CONTROL;
	else if (vmx->msr_ia32_feature_control & FEAT_CTL_LOCKED)
		return false;

	return (msr->data & ~valid_bits) == 0;
}

int vmx_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	struct vcpu_vmx *vmx = to_vmx(vcpu);
	u64 data = msr_info->data;

	switch (msr_info->index) {
	case MSR_IA32_SYSENTER_CS:
		vmcs_write32(GUEST_SYSENTER_CS, data);
		return 0;
	case MSR_IA32_MCG_EXT_CTL:
		if (data & ~MCG_EXT_CTL_LMCE_EN)
			return 1;
		if (!msr_info->host_initiated && !(vmx->msr_ia32_feature_control & FEAT_CTL_LMCE_ENABLED))
			return 1;
		vcpu->arch.mcg_ext_ctl = data;
		return 0;
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
