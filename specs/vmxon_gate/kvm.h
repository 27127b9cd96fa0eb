/* SPDX-License-Identifier: MIT
 *
 * What decides whether a guest's VMXON gets through, with the kernel's names.
 */
#ifndef SPEC_VMXON_GATE_KVM_H
#define SPEC_VMXON_GATE_KVM_H

#define FEAT_CTL_LOCKED			BIT(0)
#define FEAT_CTL_VMX_ENABLED_INSIDE_SMX	BIT(1)
#define FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX BIT(2)

#define X86_CR4_VMXE			BIT(13)
#define UD_VECTOR			6
#define GP_VECTOR			13
#define NO_VECTOR			0xff		/* no exception is pending */
#define RFLAGS_STATUS			0x8d5		/* CF, PF, AF, ZF, SF, OF */
#define RFLAGS_ZF			BIT(6)
#define OUT_OF_MEMORY			12
#define VMXERR_VMXON_IN_VMX_ROOT_OPERATION 15

struct kvm_vcpu_arch {
	unsigned long cr0;
	unsigned long cr4;
	unsigned long rflags;
	unsigned int exception;		/* the pending one's vector, or NO_VECTOR */
	u32 error_code;
};

struct kvm_vcpu {
	int vcpu_id;
	struct kvm_vcpu_arch arch;
};

/* fixed0: bits that must be 1 in VMX operation; fixed1: bits that may be 1. */
struct nested_vmx_msrs {
	u64 cr0_fixed0;
	u64 cr0_fixed1;
	u64 cr4_fixed0;
	u64 cr4_fixed1;
};

struct nested_vmx {
	bool vmxon;			/* the guest is in VMX operation already */
	bool allocatable;		/* there is memory for what VMX operation needs */
	u32 instruction_error;		/* why the last VMX instruction failed */
	struct nested_vmx_msrs msrs;
};

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	struct nested_vmx nested;
	u64 msr_ia32_feature_control;
};

static inline struct vcpu_vmx *to_vmx(struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vcpu_vmx, vcpu);
}

static inline unsigned long kvm_read_cr4_bits(struct kvm_vcpu *vcpu, unsigned long mask)
{
	return vcpu->arch.cr4 & mask;
}

/* Every bit of fixed0 is there, and none outside fixed1 but those. */
static inline bool fixed_bits_valid(u64 val, u64 fixed0, u64 fixed1)
{
	return !(fixed0 & ~val) && !(val & ~(fixed0 | fixed1));
}

static inline bool nested_host_cr0_valid(struct kvm_vcpu *vcpu, unsigned long val)
{
	struct nested_vmx_msrs *msrs = &to_vmx(vcpu)->nested.msrs;

	return fixed_bits_valid(val, msrs->cr0_fixed0, msrs->cr0_fixed1);
}

/* KVM also holds CR4 against the guest's CPUID here; that is left out. */
static inline bool nested_host_cr4_valid(struct kvm_vcpu *vcpu, unsigned long val)
{
	struct nested_vmx_msrs *msrs = &to_vmx(vcpu)->nested.msrs;

	return fixed_bits_valid(val, msrs->cr4_fixed0, msrs->cr4_fixed1);
}

int vmx_get_cpl(struct kvm_vcpu *vcpu);

static inline void kvm_queue_exception(struct kvm_vcpu *vcpu, unsigned int nr)
{
	vcpu->arch.exception = nr;
}

static inline void kvm_inject_gp(struct kvm_vcpu *vcpu, u32 error_code)
{
	vcpu->arch.exception = GP_VECTOR;
	vcpu->arch.error_code = error_code;
}

/* VMfailValid, as if a current VMCS were there; 1 as in "go on with the guest". */
static inline int nested_vmx_fail(struct kvm_vcpu *vcpu, u32 vm_instruction_error)
{
	vcpu->arch.rflags = (vcpu->arch.rflags & ~RFLAGS_STATUS) | RFLAGS_ZF;
	to_vmx(vcpu)->nested.instruction_error = vm_instruction_error;
	return 1;
}

static inline int nested_vmx_succeed(struct kvm_vcpu *vcpu)
{
	vcpu->arch.rflags &= ~RFLAGS_STATUS;
	return 1;
}

static inline int enter_vmx_operation(struct kvm_vcpu *vcpu)
{
	if (!to_vmx(vcpu)->nested.allocatable)
		return -OUT_OF_MEMORY;
	to_vmx(vcpu)->nested.vmxon = true;
	return 0;
}

#endif
