/* SPDX-License-Identifier: MIT
 *
 * The helper between the two patches: it judges the bits alone, and its caller looks at the lock.
 */
#include "kvm.h"

bool vmx_feature_control_msr_valid(struct vcpu_vmx *vmx, struct msr_data *msr)
{
	u64 valid_bits = vmx->msr_ia32_feature_control_valid_bits;

	WARN_ON_ONCE(valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL);

	if (msr->host_initiated)
		valid_bits = KVM_SUPPORTED_FEATURE_CONTROL;

	return (msr->data & ~valid_bits) == 0;
}
