/* SPDX-License-Identifier: MIT
 *
 * WRMSR to IA32_SGXLEPUBKEYHASH0..3: who may choose the key that signs launch enclaves.
 */
#include "kvm.h"

/* The lock freezes the hash unless SGX_LC_ENABLED was set along with it. */
static bool guest_may_write_hash(struct kvm_vcpu *vcpu)
{
	u64 feat_ctl = to_vmx(vcpu)->msr_ia32_feature_control;

	if (!guest_cpuid_has(vcpu, X86_FEATURE_SGX_LC))
		return false;

	return !(feat_ctl & FEAT_CTL_LOCKED) || (feat_ctl & FEAT_CTL_SGX_LC_ENABLED);
}

int vmx_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	u32 index = msr_info->index;

	switch (index) {
	case MSR_IA32_SGXLEPUBKEYHASH0 ... MSR_IA32_SGXLEPUBKEYHASH3:
		if (!msr_info->host_initiated && !guest_may_write_hash(vcpu))
			return 1;
		to_vmx(vcpu)->msr_ia32_sgxlepubkeyhash[index - MSR_IA32_SGXLEPUBKEYHASH0] = msr_info->data;
		return 0;
	default:
		return kvm_set_msr_common(vcpu, msr_info);
	}
}
