/* SPDX-License-Identifier: MIT
 *
 * What a write to the SGX launch-control hash registers touches, with the kernel's names.
 */
#ifndef SPEC_SGX_LAUNCH_CONTROL_KVM_H
#define SPEC_SGX_LAUNCH_CONTROL_KVM_H

#define MSR_IA32_SGXLEPUBKEYHASH0	0x8c
#define MSR_IA32_SGXLEPUBKEYHASH1	0x8d
#define MSR_IA32_SGXLEPUBKEYHASH2	0x8e
#define MSR_IA32_SGXLEPUBKEYHASH3	0x8f

#define FEAT_CTL_LOCKED			BIT(0)
#define FEAT_CTL_SGX_LC_ENABLED		BIT(17)
#define FEAT_CTL_SGX_ENABLED		BIT(18)

#define X86_FEATURE_SGX_LC		(16 * 32 + 30)	/* CPUID.7.0:ECX[30] */

struct kvm_vcpu {
	int vcpu_id;
};

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	u64 msr_ia32_feature_control;
	u64 msr_ia32_sgxlepubkeyhash[4];	/* SHA-256 of the key that may sign launch enclaves */
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
int kvm_set_msr_common(struct kvm_vcpu *vcpu, struct msr_data *msr_info);

#endif
