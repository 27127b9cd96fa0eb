/* SPDX-License-Identifier: MIT
 *
 * What each replayed counterexample starts with.  Each object lies where the counterexample says; beside it, verify_away
 * bytes further on, is its image: what it should hold by now.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef unsigned long long verify_number;

enum { verify_unknown = 76, verify_cannot_map = 77, verify_failed = 78, verify_done = 79 };

static const unsigned long verify_away = 0x100000000000UL;
static int verify_checks, verify_steps, verify_effects, verify_warnings;
static const char *verify_warned[64];
static unsigned long verify_locals[64]; /* addresses of local variables, as far as calls got them */
static jmp_buf verify_end;
static const verify_number *verify_row; /* the numbers of one case, where a file runs many */
static long verify_case = -1;
static verify_number (*verify_answer)(const char *name, int count, const verify_number *arguments);

static void verify_check(int holds, const char *what)
{
	verify_checks++;
	if (holds)
		return;
	if (verify_case >= 0)
		printf("case %ld: ", verify_case);
	printf("not as expected: %s\n", what);
	fflush(stdout);
	_Exit(verify_failed);
}

static inline unsigned long verify_unreached(const char *name)
{
	printf("not as expected: %s is reached\n", name);
	fflush(stdout);
	_Exit(verify_failed);
}

static inline unsigned long verify_undefined(const char *name)
{
	printf("%s is used, which nothing that was read defines\n", name);
	fflush(stdout);
	_Exit(verify_unknown);
}

static void verify_map(unsigned long start, unsigned long size)
{
	unsigned long copy;

	for (copy = 0; copy <= verify_away; copy += verify_away) {
		void *wanted = (void *)(start + copy);

		if (mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1, 0) != wanted) {
			printf("memory at %#lx is taken\n", start);
			fflush(stdout);
			_Exit(verify_cannot_map);
		}
	}
}

static void verify_fill(unsigned long start, unsigned long size)
{
	memset((void *)start, 0xa5, size);
}

static void verify_image(unsigned long start, unsigned long size)
{
	memcpy((void *)(start + verify_away), (void *)start, size);
}

static int verify_alike(unsigned long start, unsigned long size)
{
	return !memcmp((void *)start, (void *)(start + verify_away), size);
}

static void verify_unmap(unsigned long start, unsigned long size)
{
	munmap((void *)start, size);
	munmap((void *)(start + verify_away), size);
}

static int verify_same(const char *one, const char *other)
{
	return !strcmp(one, other);
}

static int verify_equal(const void *one, const void *other, unsigned long size)
{
	return !memcmp(one, other, size);
}

static void verify_copy(void *to, const void *from, unsigned long size)
{
	memcpy(to, from, size);
}

static void verify_surprise(const char *version, const char *name)
{
	if (verify_case >= 0)
		printf("case %ld: ", verify_case);
	printf("the %s version makes a further call: %s()\n", version, name);
	fflush(stdout);
	_Exit(verify_failed);
}

/* True iff `found` is the address of the local variable number `which`: the first call that gets it tells. */
static int verify_is_local(int which, verify_number found)
{
	if (!verify_locals[which])
		verify_locals[which] = found;
	return verify_locals[which] == found;
}

static void verify_begin(void)
{
	verify_effects = verify_warnings = 0;
	memset(verify_locals, 0, sizeof(verify_locals));
}

static int verify_ignore(int first, ...)
{
	return first;
}

static void verify_note_warning(const char *kind)
{
	if (verify_warnings < 64)
		verify_warned[verify_warnings] = kind;
	verify_warnings++;
}

static void verify_stop(void)
{
	longjmp(verify_end, 1);
}

/* An argument of a function that nothing declares: a number of any width, widened by its own sign. */
#define verify_bits(x) ((verify_number)(x))
#define __verify_warn(kind, ...) ((void)verify_ignore(0, ##__VA_ARGS__), verify_note_warning(kind))
#define __verify_bug() verify_stop()
#define __verify_constant(x) __builtin_constant_p(x)
#define __verify_first_is(_1, value, ...) value
#define __verify_place_1 0,
#define __verify_is_one(hint) __verify_first_is(hint 1, 0, 0)
#define __verify_is_defined(value) __verify_is_one(__verify_place_##value)
#define __verify_config(symbol) __verify_is_defined(symbol)
