/* SPDX-License-Identifier: Apache-2.0 */
/* test_seccomp_shorten.c - a shortened program answers every call as the long one does. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include <cleat/cleanup.h>

#include "limits_test.h"
#include "seccomp_filter.h"
#include "support/unit.h"

static struct cleat_error err;

#define LOAD(offset)                                   \
	{                                              \
		BPF_LD | BPF_W | BPF_ABS, 0, 0, offset \
	}
#define EQUAL(k, jt, jf)                             \
	{                                            \
		BPF_JMP | BPF_JEQ | BPF_K, jt, jf, k \
	}
#define RETURN(k)                        \
	{                                \
		BPF_RET | BPF_K, 0, 0, k \
	}

/* What the kernel does with a program: enough of it for filters. UINT32_MAX: it is no valid one. */
static uint32_t answer(const struct seccomp_program *p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->list[i];
		bool holds = false;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JA:
			i += f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = a == f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = a >= f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			holds = a > f->k;
			break;
		default:
			return UINT32_MAX;
		}
		i += holds ? f->jt : f->jf;
	}
	return UINT32_MAX;
}

static struct seccomp_program copy_of(const struct sock_filter *list, size_t n)
{
	struct seccomp_program p = { .list = calloc(n, sizeof(*list)), .n = n };

	CU_ASSERT_PTR_NOT_NULL_FATAL(p.list);
	memcpy(p.list, list, n * sizeof(*list));
	return p;
}

/* The same for each number near one that @a compares with; @argument is every argument. */
static size_t differences(const struct seccomp_program *a, const struct seccomp_program *b,
			  uint32_t arch, uint64_t argument)
{
	struct seccomp_data data = { .arch = arch };
	size_t found = 0;

	for (size_t i = 0; i < 6; i++)
		data.args[i] = argument;
	for (size_t i = 0; i < a->n; i++)
		for (uint32_t by = 0; by < 3; by++) {
			data.nr = (int)(a->list[i].k + by - 1);
			found += answer(a, &data) != answer(b, &data);
		}
	return found;
}

static void numbers_in_a_row_are_a_range(void)
{
	static const struct sock_filter list[] = { LOAD(0),        EQUAL(7, 6, 0), EQUAL(5, 5, 0),
						   EQUAL(6, 4, 0), EQUAL(9, 3, 0), EQUAL(10, 2, 0),
						   EQUAL(8, 1, 0), RETURN(1),      RETURN(2) };
	struct seccomp_program old = copy_of(list, ARRAY_SIZE(list));
	struct seccomp_program new = copy_of(list, ARRAY_SIZE(list));

	seccomp_shorten(&new);
	CU_ASSERT_EQUAL(new.n, 5);
	CU_ASSERT_EQUAL(differences(&old, &new, 0, 0), 0);
	for (int nr = 0; nr < 20; nr++) {
		struct seccomp_data data = { .nr = nr };

		CU_ASSERT_EQUAL(answer(&new, &data), nr >= 5 && nr <= 10 ? 2 : 1);
	}
	free(old.list);
	free(new.list);
}

/* Somebody jumps into the middle: to him the first numbers have not been compared. */
static void a_run_that_is_entered_stays_two(void)
{
	static const struct sock_filter list[] = { LOAD(4),        EQUAL(1, 0, 3), LOAD(0),
						   EQUAL(1, 6, 0), EQUAL(2, 5, 0), EQUAL(3, 4, 0),
						   EQUAL(1, 3, 0), EQUAL(4, 2, 0), EQUAL(5, 1, 0),
						   RETURN(1),      RETURN(2) };
	struct seccomp_program old = copy_of(list, ARRAY_SIZE(list));
	struct seccomp_program new = copy_of(list, ARRAY_SIZE(list));

	seccomp_shorten(&new);
	for (uint32_t arch = 0; arch < 6; arch++)
		CU_ASSERT_EQUAL(differences(&old, &new, arch, 0), 0);
	free(old.list);
	free(new.list);
}

static void a_broken_program_stays_as_it_is(void)
{
	static const struct sock_filter list[] = { LOAD(0), EQUAL(1, 9, 0), EQUAL(2, 8, 0),
						   EQUAL(3, 7, 0), RETURN(1) };
	struct seccomp_program p = copy_of(list, ARRAY_SIZE(list));

	seccomp_shorten(&p);
	CU_ASSERT_EQUAL(p.n, ARRAY_SIZE(list));
	CU_ASSERT_EQUAL(memcmp(p.list, list, sizeof(list)), 0);
	free(p.list);
	p = (struct seccomp_program){ .list = calloc(1, sizeof(list[0])) };
	seccomp_shorten(&p);
	CU_ASSERT_EQUAL(p.n, 0);
	free(p.list);
}

/* A program of chance that always ends: jumps go forward, and the last instructions return. */
static struct seccomp_program by_chance(unsigned int *seed, size_t n)
{
	struct seccomp_program p = { .list = calloc(n, sizeof(*p.list)), .n = n };
	size_t ends = 3;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p.list);
	for (size_t i = 0; i < n; i++) {
		size_t room = n - i - 1;
		uint8_t far =
			(uint8_t)(room ? (size_t)rand_r(seed) % (room < 200 ? room : 200) : 0);
		int kind = rand_r(seed) % 16;
		struct sock_filter equal = EQUAL((uint32_t)rand_r(seed) % 64, far, 0);
		struct sock_filter both = EQUAL((uint32_t)rand_r(seed) % 64, far, far / 2);
		struct sock_filter always = { BPF_JMP | BPF_JA, 0, 0, far };
		struct sock_filter load = LOAD((uint32_t)(kind % 2 * 16));
		struct sock_filter end = RETURN((uint32_t)rand_r(seed));

		p.list[i] = room < ends     ? end
			    : kind == 0     ? load
			    : kind == 1     ? always
			    : kind == 2     ? both
			    : kind == 3     ? end
			    : i && kind > 5 ? p.list[i - 1]
					    : equal;
		/* as the one before, to the same place: that is what runs are made of */
		if (room >= ends && i && kind > 5 &&
		    p.list[i].code == (BPF_JMP | BPF_JEQ | BPF_K)) {
			p.list[i].k = (uint32_t)rand_r(seed) % 64;
			p.list[i].jt = (uint8_t)(p.list[i].jt - (p.list[i].jt > 0));
			p.list[i].jf = 0;
		}
	}
	return p;
}

static void any_program_means_the_same(void)
{
	unsigned int seed = 4711;
	size_t shorter = 0;

	for (int round = 0; round < 3000; round++) {
		struct seccomp_program old = by_chance(&seed, 4 + (size_t)rand_r(&seed) % 300);
		struct seccomp_program new = copy_of(old.list, old.n);

		seccomp_shorten(&new);
		shorter += new.n < old.n;
		CU_ASSERT_EQUAL(differences(&old, &new, 0, (uint64_t)rand_r(&seed) % 64), 0);
		free(old.list);
		free(new.list);
	}
	CU_ASSERT(shorter > 500);
}

static void our_profile_shrinks_and_means_the_same(void)
{
	static const uint32_t archs[] = { 0xc000003eu, 0x40000003u, 0xc00000b7u, 0x40000028u, 0 };
	static const uint64_t arguments[] = {
		0, 1, 2, 8, 16, 38, 40, 131072, 0x7e020000, UINT64_MAX
	};
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *text = calloc(1, 1 << 20);
	_cleanup_close_ int fd = open(SECCOMP_PROFILE, O_RDONLY | O_CLOEXEC);
	struct seccomp_program old = { 0 };

	CU_ASSERT_TRUE_FATAL(fd >= 0 && text && read(fd, text, (1 << 20) - 1) > 0);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	UNIT_OK(seccomp_rules_compile(NULL, json_root(doc), &old, &err), err);
	struct seccomp_program new = copy_of(old.list, old.n);

	seccomp_shorten(&new);
	CU_ASSERT(new.n < old.n / 2);
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		for (size_t j = 0; j < ARRAY_SIZE(arguments); j++)
			CU_ASSERT_EQUAL(differences(&old, &new, archs[i], arguments[j]), 0);
	free(old.list);
	free(new.list);
}

UNIT_MAIN("runtime-linux: shorter filters", UNIT_TEST(numbers_in_a_row_are_a_range),
	  UNIT_TEST(a_run_that_is_entered_stays_two), UNIT_TEST(a_broken_program_stays_as_it_is),
	  UNIT_TEST(any_program_means_the_same), UNIT_TEST(our_profile_shrinks_and_means_the_same))
