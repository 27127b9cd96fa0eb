/* SPDX-License-Identifier: MIT
 *
 * The helper after patch 2, under its new name: it looks at the lock as well.
 */
#include "kvm.h"

bool is_vmx_feature_control_msr_valid(struct vcpu_vmx *vmx, struct msr_data *msr)
{
	u64 valid_bits = vmx->msr_ia32_feature_control_valid_bits;

	WARN_ON_ONCE(valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL);

	if (msr->host_initiated)
		valid_bits = KVM_SUPPORTED_FEATURE_CONTROL;
	else if (vmx->msr_ia32_feature_control & FEAT_CTL_LOCKED)
		return false;

	return (msr->data & ~valid_bits) == 0;
}
