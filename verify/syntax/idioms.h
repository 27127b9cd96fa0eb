/* SPDX-License-Identifier: MIT
 *
 * The kernel idioms that `verify` knows, as C.  They take the place of the tree's own definitions, whose text serves
 * compilers and sparse, not readers.  What starts with __verify_ is built into the two evaluators:
 *   __verify_warn(kind)   records a warning          __verify_bug()    execution doesn't go on
 *   __verify_config(X)    X's truth as a CONFIG symbol
 *   __verify_constant(x)  1 if x is a constant expression, else 0, which is named with the verdict
 * What starts with __idiom_ is a variable of an idiom; code that uses such a name is refused.
 */

/* include/linux/bits.h, include/vdso/bits.h */
#define BIT(nr) (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % 64))
#define BIT_WORD(nr) ((nr) / 64)
#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BITS_PER_LONG_LONG 64
#define __BITS_PER_LONG 64
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define BITS_TO_LONGS(nr) (((nr) + 64UL - 1) / 64UL)

/* include/linux/compiler.h: the value is unchanged */
#define likely(x) ((long)!!(x))
#define unlikely(x) ((long)!!(x))
#define __builtin_expect(x, expected) ((long)(x))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((void)((x) = (value)))
#define __READ_ONCE(x) READ_ONCE(x)
#define __WRITE_ONCE(x, value) WRITE_ONCE(x, value)
#define ACCESS_ONCE(x) (x)
#define data_race(x) (x)
#define __builtin_constant_p(x) __verify_constant(x)
#define array_index_nospec(index, size) \
	({ typeof(index) __idiom_index = (index); typeof(size) __idiom_size = (size); \
	   (typeof(index))((unsigned long)__idiom_index < (unsigned long)__idiom_size ? __idiom_index : 0); })
#define barrier() ((void)0)
#define barrier_nospec() ((void)0)
#define fallthrough ((void)0)
#define __fallthrough ((void)0)
#define instrumentation_begin() ((void)0)
#define instrumentation_end() ((void)0)
#define might_sleep() ((void)0)
#define cond_resched() ((void)0)
#define BUILD_BUG_ON(condition) ((void)0)
#define BUILD_BUG_ON_MSG(condition, message) ((void)0)
#define BUILD_BUG_ON_ZERO(condition) 0
#define _IOC_TYPECHECK(type) (sizeof(type))
#define __DECLARE_FLEX_ARRAY(type, name) type name[]
#define DECLARE_FLEX_ARRAY(type, name) type name[]
#define static_assert(...) ((void)0)
#define lockdep_assert_held(lock) ((void)0)
#define lockdep_assert_held_write(lock) ((void)0)
#define lockdep_assert_held_read(lock) ((void)0)
#define lockdep_assert_irqs_disabled() ((void)0)
#define lockdep_assert_preemption_disabled() ((void)0)
#define ASSERT_EXCLUSIVE_WRITER(x) ((void)0)

/* include/linux/jump_label.h: which of the two it is says which way is the faster one */
#define static_branch_likely(key) static_branch_unlikely(key)

/* include/linux/minmax.h: each argument is evaluated once */
#define min(x, y) \
	({ typeof(x) __idiom_one = (x); typeof(y) __idiom_other = (y); \
	   __idiom_one < __idiom_other ? __idiom_one : __idiom_other; })
#define max(x, y) \
	({ typeof(x) __idiom_one = (x); typeof(y) __idiom_other = (y); \
	   __idiom_one > __idiom_other ? __idiom_one : __idiom_other; })
#define min3(x, y, z) min(min(x, y), z)
#define max3(x, y, z) max(max(x, y), z)
#define min_t(type, x, y) \
	({ type __idiom_one = (x); type __idiom_other = (y); \
	   __idiom_one < __idiom_other ? __idiom_one : __idiom_other; })
#define max_t(type, x, y) \
	({ type __idiom_one = (x); type __idiom_other = (y); \
	   __idiom_one > __idiom_other ? __idiom_one : __idiom_other; })
#define clamp(value, low, high) \
	({ typeof(value) __idiom_value = (value); typeof(low) __idiom_low = (low); typeof(high) __idiom_high = (high); \
	   __idiom_value >= __idiom_high ? __idiom_high : (__idiom_value <= __idiom_low ? __idiom_low : __idiom_value); })
#define clamp_t(type, value, low, high) \
	({ type __idiom_value = (value); type __idiom_low = (low); type __idiom_high = (high); \
	   __idiom_value >= __idiom_high ? __idiom_high : (__idiom_value <= __idiom_low ? __idiom_low : __idiom_value); })
#define clamp_val(value, low, high) clamp_t(typeof(value), value, low, high)
#define swap(a, b) do { typeof(a) __idiom_swapped = (a); (a) = (b); (b) = __idiom_swapped; } while (0)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define round_up(x, y) ((((x) - 1) | ((typeof(x))((y) - 1))) + 1)
#define round_down(x, y) ((x) & ~((typeof(x))((y) - 1)))
#define lower_32_bits(n) ((u32)((n) & 0xffffffff))
#define upper_32_bits(n) ((u32)(((n) >> 16) >> 16))

/* include/uapi/linux/byteorder/little_endian.h, include/uapi/linux/swab.h, include/linux/byteorder/generic.h */
#define swab16(x) __builtin_bswap16((__u16)(x))
#define __swab16(x) swab16(x)
#define swab32(x) __builtin_bswap32((__u32)(x))
#define __swab32(x) swab32(x)
#define swab64(x) __builtin_bswap64((__u64)(x))
#define __swab64(x) swab64(x)
#define cpu_to_le16(x) ((__le16)(x))
#define le16_to_cpu(x) ((__u16)(x))
#define cpu_to_be16(x) ((__be16)swab16(x))
#define be16_to_cpu(x) swab16(x)
#define cpu_to_le32(x) ((__le32)(x))
#define le32_to_cpu(x) ((__u32)(x))
#define cpu_to_be32(x) ((__be32)swab32(x))
#define be32_to_cpu(x) swab32(x)
#define cpu_to_le64(x) ((__le64)(x))
#define le64_to_cpu(x) ((__u64)(x))
#define cpu_to_be64(x) ((__be64)swab64(x))
#define be64_to_cpu(x) swab64(x)
#define __cpu_to_le16(x) ((__le16)(x))
#define __le16_to_cpu(x) ((__u16)(x))
#define __cpu_to_be16(x) ((__be16)swab16(x))
#define __be16_to_cpu(x) swab16(x)
#define __cpu_to_le32(x) ((__le32)(x))
#define __le32_to_cpu(x) ((__u32)(x))
#define __cpu_to_be32(x) ((__be32)swab32(x))
#define __be32_to_cpu(x) swab32(x)
#define __cpu_to_le64(x) ((__le64)(x))
#define __le64_to_cpu(x) ((__u64)(x))
#define __cpu_to_be64(x) ((__be64)swab64(x))
#define __be64_to_cpu(x) swab64(x)
#define le16_to_cpup(p) ((__u16)*(const __le16 *)(p))
#define be16_to_cpup(p) swab16(*(const __be16 *)(p))
#define le32_to_cpup(p) ((__u32)*(const __le32 *)(p))
#define be32_to_cpup(p) swab32(*(const __be32 *)(p))
#define le64_to_cpup(p) ((__u64)*(const __le64 *)(p))
#define be64_to_cpup(p) swab64(*(const __be64 *)(p))
#define htons(x) ((__be16)swab16(x))
#define htonl(x) ((__be32)swab32(x))
#define ntohs(x) swab16(x)
#define ntohl(x) swab32(x)

/* include/linux/kernel.h, include/linux/container_of.h, include/linux/array_size.h */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
/* include/linux/overflow.h: what is too large becomes the largest number */
#define size_mul(a, b) \
	({ unsigned long __idiom_size; __builtin_mul_overflow((unsigned long)(a), (unsigned long)(b), &__idiom_size) ? \
	   ~0UL : __idiom_size; })
#define size_add(a, b) \
	({ unsigned long __idiom_size; __builtin_add_overflow((unsigned long)(a), (unsigned long)(b), &__idiom_size) ? \
	   ~0UL : __idiom_size; })
#define array_size(a, b) size_mul((a), (b))
#define array3_size(a, b, c) size_mul(size_mul((a), (b)), (c))
#define flex_array_size(p, member, count) size_mul((count), sizeof(*(p)->member))
#define struct_size(p, member, count) size_add(sizeof(*(p)), flex_array_size((p), member, (count)))
#define struct_size_t(type, member, count) struct_size((type *)((void *)0), member, (count))

#define container_of(pointer, type, member) ((type *)((unsigned long)(pointer) - offsetof(type, member)))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define NULL ((void *)0)
#define true 1
#define false 0
#define U8_MAX ((u8)~0U)
#define U16_MAX ((u16)~0U)
#define U32_MAX ((u32)~0U)
#define U64_MAX ((u64)~0ULL)
#define S32_MAX 2147483647
#define S32_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define INT_MIN (-2147483647 - 1)
#define UINT_MAX (~0U)
#define LONG_MAX 9223372036854775807L
#define ULONG_MAX (~0UL)
#define ULLONG_MAX (~0ULL)
#define SIZE_MAX (~0UL)

/* include/asm-generic/bug.h: the value is the condition's; that "once" prints only once isn't modelled */
#define WARN_ON(condition) \
	({ int __idiom_warned = !!(condition); if (__idiom_warned) __verify_warn("WARN_ON"); \
	   (long)__idiom_warned; })
#define WARN_ON_ONCE(condition) \
	({ int __idiom_warned = !!(condition); if (__idiom_warned) __verify_warn("WARN_ON_ONCE"); \
	   (long)__idiom_warned; })
#define WARN(condition, ...) \
	({ int __idiom_warned = !!(condition); if (__idiom_warned) __verify_warn("WARN", __VA_ARGS__); \
	   (long)__idiom_warned; })
#define WARN_ONCE(condition, ...) \
	({ int __idiom_warned = !!(condition); if (__idiom_warned) __verify_warn("WARN_ONCE", __VA_ARGS__); \
	   (long)__idiom_warned; })
#define BUG() __verify_bug()
#define BUG_ON(condition) do { if (condition) __verify_bug(); } while (0)
#define IS_ENABLED(symbol) (__verify_config(symbol) || __verify_config(symbol##_MODULE))
#define IS_BUILTIN(symbol) __verify_config(symbol)
#define IS_MODULE(symbol) __verify_config(symbol##_MODULE)

/* include/linux/err.h */
#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) unlikely((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR(pointer) ((bool)IS_ERR_VALUE(pointer))
#define IS_ERR_OR_NULL(pointer) \
	({ const void *__idiom_pointer = (pointer); \
	   (bool)(!__idiom_pointer || (unsigned long)__idiom_pointer >= (unsigned long)-MAX_ERRNO); })
#define PTR_ERR(pointer) ((long)(pointer))
#define ERR_PTR(error) ((void *)(long)(error))

/* include/linux/rcupdate.h, include/linux/srcu.h, asm/barrier.h: how memory is ordered isn't modelled */
#define rcu_access_pointer(p) (p)
#define rcu_dereference(p) (p)
#define rcu_dereference_raw(p) (p)
#define rcu_dereference_check(p, condition) (p)
#define rcu_dereference_protected(p, condition) (p)
#define srcu_dereference(p, domain) (p)
#define srcu_dereference_check(p, domain, condition) (p)
#define rcu_assign_pointer(p, value) ((void)((p) = (value)))
#define rcu_replace_pointer(p, value, condition) \
	({ typeof(p) __idiom_replaced = (p); (p) = (value); \
	   __idiom_replaced; })
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, value) ((void)(*(p) = (value)))
#define smp_store_mb(variable, value) ((void)((variable) = (value)))

/* include/linux/alloc_tag.h: who allocated isn't modelled; arch/x86/Kconfig */
#define alloc_hooks(call) (call)
#define CONFIG_PAGE_SHIFT 12

/* include/linux/static_call*.h: a call of what the name is bound to, which is no function of that name */
#define static_call(name) __SCT__##name
#define static_call_cond(name) __SCT__##name
#define static_call_mod(name) __SCT__##name

/* include/linux/tracepoint.h: a trace event is a call that gets what it is given */
#define TP_PROTO(args...) args
#define TRACE_EVENT(name, proto, ...) void trace_##name(proto); bool trace_##name##_enabled(void);
#define TRACE_EVENT_CONDITION(name, proto, ...) TRACE_EVENT(name, proto)
#define TRACE_EVENT_FN(name, proto, ...) TRACE_EVENT(name, proto)
#define DEFINE_EVENT(template, name, proto, ...) TRACE_EVENT(name, proto)
#define DEFINE_EVENT_CONDITION(template, name, proto, ...) TRACE_EVENT(name, proto)

/* arch/x86/include/asm/cpufeature.h */
#define static_cpu_has(bit) boot_cpu_has(bit)
int boot_cpu_has(unsigned int bit);
int cpu_feature_enabled(unsigned int bit);
int this_cpu_has(unsigned int bit);

/* include/linux/percpu-defs.h: where a variable of a CPU lies depends on the variable and the CPU */
unsigned long per_cpu_address(unsigned long variable, unsigned int cpu);
unsigned int smp_processor_id(void);
unsigned int raw_smp_processor_id(void);
#define per_cpu_ptr(pointer, cpu) ((typeof(pointer))per_cpu_address((unsigned long)(pointer), (cpu)))
#define per_cpu(variable, cpu) (*per_cpu_ptr(&(variable), (cpu)))
#define this_cpu_ptr(pointer) per_cpu_ptr((pointer), smp_processor_id())
#define raw_cpu_ptr(pointer) per_cpu_ptr((pointer), raw_smp_processor_id())
#define this_cpu_read(variable) (*this_cpu_ptr(&(variable)))
#define this_cpu_write(variable, value) ((void)(*this_cpu_ptr(&(variable)) = (value)))
#define __this_cpu_read(variable) (*raw_cpu_ptr(&(variable)))
#define __this_cpu_write(variable, value) ((void)(*raw_cpu_ptr(&(variable)) = (value)))

/* asm/current.h: the task that runs, one and the same throughout; `current` is the tree's own macro */
struct task_struct *get_current(void);

/* include/linux/cpumask.h: with one CPU, it is CPU 0 that is in the mask */
#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_next(-1, (mask)); (cpu) < nr_cpu_ids; (cpu) = cpumask_next((cpu), (mask)))
#define for_each_possible_cpu(cpu) for_each_cpu(cpu, cpu_possible_mask)
#define for_each_online_cpu(cpu) for_each_cpu(cpu, cpu_online_mask)
#define for_each_present_cpu(cpu) for_each_cpu(cpu, cpu_present_mask)

/* include/linux/spinlock.h, include/linux/rwlock.h: the macros set a variable of their caller */
unsigned long _raw_spin_lock_irqsave(void *lock);
unsigned long _raw_read_lock_irqsave(void *lock);
unsigned long _raw_write_lock_irqsave(void *lock);
#define raw_spin_lock_irqsave(lock, flags) ((void)((flags) = _raw_spin_lock_irqsave(lock)))
#define spin_lock_irqsave(lock, flags) ((void)((flags) = _raw_spin_lock_irqsave(lock)))
#define read_lock_irqsave(lock, flags) ((void)((flags) = _raw_read_lock_irqsave(lock)))
#define write_lock_irqsave(lock, flags) ((void)((flags) = _raw_write_lock_irqsave(lock)))
