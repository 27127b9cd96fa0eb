/* SPDX-License-Identifier: MIT
 *
 * What a hosted compiler needs in order to compile the C of specs/ as it stands:
 *
 *   gcc -std=gnu11 -fno-strict-overflow -include tests/support/kernel_shim.h -c specs/feat_ctl/after.c
 *
 * The specs themselves never see this file: `verify` knows these names from its table of kernel idioms.  It is there so
 * that a real compiler can be asked the same questions.  WARN*, BUG_ON count into the two variables below.
 */
#ifndef KERNEL_SHIM_H
#define KERNEL_SHIM_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef signed short s16;
typedef signed int s32;
typedef signed long long s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;
typedef u64 gpa_t;

/* Weak, so that any number of translation units may include this header and none has to define them. */
__attribute__((weak)) unsigned int kernel_shim_warnings;
__attribute__((weak)) unsigned int kernel_shim_bugs;

#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(high, low) (((~0UL) >> (63 - (high))) & ((~0UL) << (low)))
#define GENMASK_ULL(high, low) (((~0ULL) >> (63 - (high))) & ((~0ULL) << (low)))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) ((void)(*(volatile __typeof__(x) *)&(x) = (value)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

#define kernel_shim_pick(type_a, a, compare, type_b, b) \
	({ type_a shim_a = (a); type_b shim_b = (b); shim_a compare shim_b ? shim_a : shim_b; })
#define min(a, b) kernel_shim_pick(__typeof__(a), a, <, __typeof__(b), b)
#define max(a, b) kernel_shim_pick(__typeof__(a), a, >, __typeof__(b), b)
#define min_t(type, a, b) kernel_shim_pick(type, a, <, type, b)
#define max_t(type, a, b) kernel_shim_pick(type, a, >, type, b)
#define clamp_t(type, value, low, high) \
	({ type shim_value = (value), shim_low = (low), shim_high = (high); \
	   shim_value < shim_low ? shim_low : shim_value > shim_high ? shim_high : shim_value; })
#define clamp(value, low, high) clamp_t(__typeof__(value), value, low, high)

#define WARN_ON(condition) ({ bool shim_fired = (condition); kernel_shim_warnings += shim_fired; shim_fired; })
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#define WARN(condition, ...) WARN_ON(condition)
#define WARN_ONCE(condition, ...) WARN_ON(condition)
#define BUG_ON(condition) ((void)(kernel_shim_bugs += !!(condition)))

#define kernel_shim_silent(...) ((void)0)
#define pr_err kernel_shim_silent
#define pr_warn kernel_shim_silent
#define pr_info kernel_shim_silent
#define pr_debug kernel_shim_silent

#endif
