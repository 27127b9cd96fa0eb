/* SPDX-License-Identifier: MIT
 *
 * RDMSR of IA32_MCG_EXT_CTL, under the same condition as WRMSR.
 */
#include "kvm.h"

int vmx_get_msr(struct kvm_vcpu *vcpu, struct msr_data *msr_info)
{
	u64 feat_ctl = to_vmx(vcpu)->msr_ia32_feature_control;

	switch (msr_info->index) {
	case MSR_IA32_FEAT_CTL:
		msr_info->data = feat_ctl;
		return 0;
	case MSR_IA32_MCG_EXT_CTL:
		if (!(msr_info->host_initiated || feat_ctl & FEAT_CTL_LMCE_ENABLED))
			return 1;
		msr_info->data = vcpu->arch.mcg_ext_ctl;
		return 0;
	default:
		return kvm_get_msr_common(vcpu, msr_info);
	}
}
