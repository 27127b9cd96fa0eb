/* SPDX-License-Identifier: MIT
 *
 * WRMSR to IA32_MCG_EXT_CTL, by which a guest asks for machine checks on one CPU only.
 */
#include "kvm.h"

int vmx_set_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	bool lmce_enabled = to_vmx(vcpu)->msr_ia32_feature_control & FEAT_CTL_LMCE_ENABLED;

	switch (msr_info->index) {
	case MSR_IA32_MCG_EXT_CTL:
		/* The guest needs its firmware's leave; userspace doesn't. */
		if (!msr_info->host_initiated && !lmce_enabled)
			return 1;
		if (msr_info->data & ~MCG_EXT_CTL_LMCE_EN)
			return 1;
		vcpu->arch.mcg_ext_ctl = msr_info->data;
		return 0;
	default:
		return kvm_set_msr_common(vcpu, msr_info);
	}
}
