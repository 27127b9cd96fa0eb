/* SPDX-License-Identifier: MIT
 *
 * What the real functions find around them when a compiler builds them, on top of tests/differential/shim.h: our own
 * stubs of kernel idioms, and structs cut down to the members that the functions touch.
 */
#ifndef VERIFY_REAL_PRELUDE_H
#define VERIFY_REAL_PRELUDE_H

typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s32 __s32;
typedef s64 __s64;
typedef u32 uint32_t;
typedef u64 uint64_t;
typedef unsigned long ulong;
typedef u64 gpa_t;
typedef u64 gfn_t;
typedef u64 hpa_t;
typedef u64 kvm_pfn_t;
typedef s64 ktime_t;

#define __always_inline inline
#define __attribute_const__
#define __packed __attribute__((packed))
#define __must_check
#define noinline
#define asmlinkage
#define BITS_PER_LONG 64
#define BITS_PER_LONG_LONG 64
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define USHRT_MAX ((u16)~0U)
#define U64_MAX (~0ULL)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define BUILD_BUG_ON(condition) do { } while (0)
#define lockdep_assert_held(lock) do { } while (0)
#define array_index_nospec(index, size) ((index) < (size) ? (index) : 0)
#define WARN_ONCE(condition, ...) WARN_ON(condition)
#define do_div(n, base) ({ u32 real_base = (base), real_rest = (n) % real_base; (n) /= real_base; real_rest; })
#define KVM_MMU_WARN_ON(condition) ({ if (0) (void)(condition); 0; })

struct spinlock { int held; };
typedef struct spinlock spinlock_t;

struct kvm_queued_exception { bool pending, injected, has_error_code; u8 vector; u32 error_code; };
struct kvm_queued_interrupt { bool injected, soft; u8 nr; };
struct kvm_lapic_timer { u32 timer_mode, timer_mode_mask; };

struct kvm_vcpu;
struct kvm_lapic {
	struct kvm_lapic_timer lapic_timer;
	u32 divide_count;
	int nr_lvt_entries;
	struct kvm_vcpu *vcpu;
	void *regs;
};

struct kvm_vcpu_arch {
	unsigned long cr0, cr0_guest_owned_bits, cr4, cr4_guest_owned_bits, cr4_guest_rsvd_bits;
	u32 regs_avail;
	u64 efer, apic_base;
	struct kvm_lapic *apic;
	int apic_arb_prio, maxphyaddr;
	struct kvm_queued_exception exception, exception_vmexit;
	struct kvm_queued_interrupt interrupt;
	bool nmi_injected;
};

struct kvm_run {
	u32 exit_reason;
	union {
		struct { u64 flags, gpa, size; } memory_fault;
		u64 padding[32];
	};
};

struct kvm_vcpu_stat { u64 signal_exits; };

struct kvm {
	unsigned long mmu_invalidate_seq;
	long mmu_invalidate_in_progress;
	gfn_t mmu_invalidate_range_start, mmu_invalidate_range_end;
	int mmu_lock;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	struct kvm_run *run;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
};

struct nested_vmx_msrs { u32 misc_low; u64 cr0_fixed0, cr0_fixed1; };
struct nested_vmx { struct nested_vmx_msrs msrs; u16 vpid02; };

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	u64 msr_ia32_feature_control, msr_ia32_feature_control_valid_bits;
	struct nested_vmx nested;
};

static inline struct vcpu_vmx *to_vmx(struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vcpu_vmx, vcpu);
}

struct msr_data { bool host_initiated; u32 index; u64 data; };
struct vmcs12 { u32 cpu_based_vm_exec_control, secondary_vm_exec_control, pin_based_vm_exec_control; };

struct kvm_arch_memory_slot { unsigned short *gfn_write_track; };
struct kvm_memory_slot { gfn_t base_gfn; unsigned long npages; struct kvm_arch_memory_slot arch; };

struct kvm_pic;
struct kvm_kpic_state {
	u8 last_irr, irr, imr, isr, priority_add, special_fully_nested_mode, elcr, elcr_mask;
	struct kvm_pic *pics_state;
};
struct kvm_pic { struct kvm_kpic_state pics[2]; };

union kvm_ioapic_redirect_entry { u64 bits; };
struct kvm_ioapic { u32 ioregsel, id; union kvm_ioapic_redirect_entry redirtbl[24]; };

struct kvm_kpit_channel_state { u32 count; u8 gate; };
struct kvm_kpit_state { struct kvm_kpit_channel_state channels[3]; };
struct kvm_pit { struct kvm_kpit_state pit_state; };

struct kvm_pmu {
	unsigned nr_arch_gp_counters, nr_arch_fixed_counters;
	u64 fixed_ctr_ctrl, fixed_ctr_ctrl_rsvd, global_ctrl, global_ctrl_rsvd;
};

struct operand { unsigned int bytes; unsigned long val; };
struct x86_emulate_ctxt { u8 op_bytes, ad_bytes; u64 d; struct operand src, dst; };

struct sbitmap { unsigned int depth, shift, map_nr; };
struct gfn_to_pfn_cache { gpa_t gpa; bool active; };

#endif
