/* SPDX-License-Identifier: MIT
 *
 * A vCPU as far as IA32_FEAT_CTL is concerned, restated for this spec.
 * The kernel's names are kept; structures hold only what matters here.
 */
#ifndef SPEC_FEAT_CTL_HISTORY_KVM_H
#define SPEC_FEAT_CTL_HISTORY_KVM_H

#define MSR_IA32_FEAT_CTL		0x03a

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

#define MCG_LMCE_P			BIT_ULL(27)

/* Word and bit of CPUID features, as the kernel numbers them. */
#define X86_FEATURE_VMX			(4 * 32 + 5)
#define X86_FEATURE_SGX			(9 * 32 + 2)
#define X86_FEATURE_SGX_LC		(16 * 32 + 30)

struct kvm_vcpu_arch {
	u64 mcg_cap;
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

bool guest_cpuid_has(struct kvm_vcpu *vcpu, unsigned int x86_feature);
void vmx_leave_nested(struct kvm_vcpu *vcpu);
void vmx_write_encls_bitmap(struct kvm_vcpu *vcpu, struct vmcs12 *vmcs12);
int kvm_set_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info);

#endif
