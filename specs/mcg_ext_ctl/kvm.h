/* SPDX-License-Identifier: MIT
 *
 * What a write to IA32_MCG_EXT_CTL touches, with the kernel's names.
 */
#ifndef SPEC_MCG_EXT_CTL_KVM_H
#define SPEC_MCG_EXT_CTL_KVM_H

#define MSR_IA32_FEAT_CTL		0x03a
#define MSR_IA32_MCG_EXT_CTL		0x4d0

#define FEAT_CTL_LOCKED			BIT(0)
#define FEAT_CTL_LMCE_ENABLED		BIT(20)

#define MCG_EXT_CTL_LMCE_EN		BIT_ULL(0)	/* the register's only defined bit */

struct kvm_vcpu_arch {
	u64 mcg_ext_ctl;
};

struct kvm_vcpu {
	int vcpu_id;
	struct kvm_vcpu_arch arch;
};

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	u64 msr_ia32_feature_control;
};

/* One RDMSR or WRMSR.  host_initiated: it comes from userspace, not from the guest. */
struct msr_data {
	bool host_initiated;
	u32 index;
	u64 data;
};

static inline struct vcpu_vmx *to_vmx(struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vcpu_vmx, vcpu);
}

int kvm_set_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info);

#endif
