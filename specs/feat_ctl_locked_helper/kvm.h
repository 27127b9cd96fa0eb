/* SPDX-License-Identifier: MIT
 *
 * What the "is this value valid" helper for IA32_FEAT_CTL reads, with the kernel's names.
 */
#ifndef SPEC_FEAT_CTL_LOCKED_HELPER_KVM_H
#define SPEC_FEAT_CTL_LOCKED_HELPER_KVM_H

/* Intel SDM volume 4, table 2-2: IA32_FEATURE_CONTROL. */
#define FEAT_CTL_LOCKED			BIT(0)
#define FEAT_CTL_VMX_ENABLED_INSIDE_SMX	BIT(1)
#define FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX BIT(2)
#define FEAT_CTL_SGX_LC_ENABLED		BIT(17)
#define FEAT_CTL_SGX_ENABLED		BIT(18)
#define FEAT_CTL_LMCE_ENABLED		BIT(20)

#define KVM_SUPPORTED_FEATURE_CONTROL				\
	(FEAT_CTL_LOCKED | FEAT_CTL_LMCE_ENABLED |		\
	 FEAT_CTL_VMX_ENABLED_INSIDE_SMX | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX | \
	 FEAT_CTL_SGX_ENABLED | FEAT_CTL_SGX_LC_ENABLED)

struct vcpu_vmx {
	u64 msr_ia32_feature_control;		/* the register as the guest sees it */
	u64 msr_ia32_feature_control_valid_bits;	/* what the guest's CPUID model allows in it */
};

/* One RDMSR or WRMSR.  host_initiated: it comes from userspace, not from the guest. */
struct msr_data {
	bool host_initiated;
	u32 index;
	u64 data;
};

#endif
