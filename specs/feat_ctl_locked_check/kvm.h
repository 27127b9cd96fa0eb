/* SPDX-License-Identifier: MIT
 *
 * The part of KVM that a write to IA32_FEAT_CTL touches, restated for this spec.
 * The kernel's names are kept; structures hold only what matters here.
 */
#ifndef SPEC_FEAT_CTL_LOCKED_CHECK_KVM_H
#define SPEC_FEAT_CTL_LOCKED_CHECK_KVM_H

#define MSR_IA32_FEAT_CTL		0x03a
#define MSR_IA32_SYSENTER_CS		0x174
#define MSR_IA32_MCG_EXT_CTL		0x4d0

/* Intel SDM volume 4, table 2-2: IA32_FEATURE_CONTROL. */
#define FEAT_CTL_LOCKED			BIT(0)
#define FEAT_CTL_VMX_ENABLED_INSIDE_SMX	BIT(1)
#define FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX BIT(2)
#define FEAT_CTL_SGX_LC_ENABLED		BIT(17)
#define FEAT_CTL_SGX_ENABLED		BIT(18)
#define FEAT_CTL_LMCE_ENABLED		BIT(20)

#define MCG_EXT_CTL_LMCE_EN		BIT_ULL(0)
#define GUEST_SYSENTER_CS		0x482a

struct kvm_vcpu_arch {
	u64 mcg_ext_ctl;
};

struct kvm_vcpu {
	int vcpu_id;
	struct kvm_vcpu_arch arch;
};

struct vmcs12;

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	u64 msr_ia32_feature_control;		/* the register as the guest sees it */
	u64 msr_ia32_feature_control_valid_bits;	/* what the guest's CPUID model allows in it */
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

void vmx_leave_nested(struct kvm_vcpu *vcpu);
void vmx_write_encls_bitmap(struct kvm_vcpu *vcpu, struct vmcs12 *vmcs12);
void vmcs_write32(unsigned long field, u32 value);
int kvm_set_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info);

#endif
