/* SPDX-License-Identifier: MIT
 *
 * What a program of the differential tests finds around it when a compiler builds it: the kernel's types and idioms,
 * and the record of what it did.
 */
#include <stddef.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
#define bool _Bool
#define true 1
#define false 0

#define BIT(nr) (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#define GENMASK(h, l) ((~0UL - (1UL << (l)) + 1) & (~0UL >> (64 - 1 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL - (1ULL << (l)) + 1) & (~0ULL >> (64 - 1 - (h))))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define lower_32_bits(n) ((u32)((n) & 0xffffffff))
#define upper_32_bits(n) ((u32)(((n) >> 16) >> 16))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) do { *(volatile __typeof__(x) *)&(x) = (value); } while (0)
#define fallthrough do {} while (0)

#define container_of(pointer, type, member) \
	({ void *diff_member = (void *)(pointer); ((type *)((char *)diff_member - offsetof(type, member))); })

#define diff_choose(x, y, op, a, b) \
	({ __typeof__(x) a = (x); __typeof__(y) b = (y); a op b ? a : b; })
#define diff_paste(a, b) a##b
#define diff_choose_unique(x, y, op, n) diff_choose(x, y, op, diff_paste(diff_a, n), diff_paste(diff_b, n))
#define min(x, y) diff_choose_unique(x, y, <, __COUNTER__)
#define max(x, y) diff_choose_unique(x, y, >, __COUNTER__)
#define min_t(type, x, y) min((type)(x), (type)(y))
#define max_t(type, x, y) max((type)(x), (type)(y))
#define clamp(value, low, high) min((__typeof__(value))max(value, low), high)
#define clamp_t(type, value, low, high) min_t(type, max_t(type, value, low), high)

#define WARN_ON(condition) ({ int diff_warned = !!(condition); diff_warnings += diff_warned; unlikely(diff_warned); })
#define WARN_ON_ONCE(condition) WARN_ON(condition)

/* The record of one run: the warnings, and per call the function's number, its arguments and its result. */
#ifndef DIFF_MAX_CALLS
#error "the compiler's command line sets DIFF_MAX_CALLS"
#endif
#define DIFF_MAX_ARGS 3
struct diff_call { u64 function; u64 args[DIFF_MAX_ARGS]; u64 result; };

static u64 diff_warnings;
static u64 diff_call_count;
static struct diff_call diff_calls[DIFF_MAX_CALLS];

static u64 diff_mix(u64 state)
{
	state += 0x9e3779b97f4a7c15ULL;
	state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
	state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
	return state ^ (state >> 31);
}

static __attribute__((noinline)) u64 diff_call(u64 function, u64 count, const u64 *args)
{
	u64 state = diff_mix(diff_call_count + 1);
	u64 i;

	for (i = 0; i < count; i++)
		state = diff_mix(state ^ args[i]);
	state = diff_mix(state ^ function);
	if (state >> 60 < 4)
		state = 0;
	else if (state >> 60 < 8)
		state &= 3;
	else if (state >> 60 < 10)
		state = ~0ULL;
	if (diff_call_count < DIFF_MAX_CALLS) {
		struct diff_call *call = &diff_calls[diff_call_count];

		call->function = function;
		for (i = 0; i < count; i++)
			call->args[i] = args[i];
		call->result = state;
	}
	diff_call_count++;
	return state;
}

static void diff_start(void)
{
	diff_warnings = 0;
	diff_call_count = 0;
	memset(diff_calls, 0, sizeof(diff_calls));
}

/* Writes the warnings, the count of calls and the calls; DIFF_MAX_CALLS of them have room. */
static void diff_finish(u64 *out)
{
	out[0] = diff_warnings;
	out[1] = diff_call_count;
	memcpy(out + 2, diff_calls, sizeof(diff_calls));
}
