/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_enosys.c - "newer than all that the profile names" is ENOSYS.
 *
 * A few instructions before libseccomp's program; for each architecture:
 *
 *	load arch; not this one -> next
 *	load number; the number of -1 (a tracer skips the call) -> filter
 *	above the newest -> return ENOSYS; else -> filter
 *
 * Conditional jumps reach 255 instructions, so they stay inside a group; "-> filter" is a plain
 * jump, filled in when the length is known.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "seccomp_filter.h"

#define X32_BIT      0x40000000u
#define GROUP        9
#define TO_FILTER    UINT32_MAX /* of BPF_JA, until it is known */
#define AUDIT_X86_64 0xc000003eu

struct stub {
	struct sock_filter *list;
	size_t n;
};

static void emit(struct stub *s, int code, uint32_t k, unsigned int jt, unsigned int jf)
{
	s->list[s->n++] = (struct sock_filter){
		.code = (uint16_t)code,
		.k = k,
		.jt = (uint8_t)jt,
		.jf = (uint8_t)jf,
	};
}

static void emit_group(struct stub *s, const struct seccomp_newest *newest)
{
	emit(s, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	emit(s, BPF_JMP | BPF_JEQ | BPF_K, newest->audit_arch, 0, GROUP - 2);
	emit(s, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	emit(s, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, GROUP - 5, 0);
	/* x32's numbers are above all of x86_64's; without x32 the filter deals with them */
	if (newest->audit_arch == AUDIT_X86_64) {
		uint32_t last_x32 = newest->last_x32 ? newest->last_x32 : UINT32_MAX;

		emit(s, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
		emit(s, BPF_JMP | BPF_JGT | BPF_K, last_x32, 1, 2);
		emit(s, BPF_JMP | BPF_JGT | BPF_K, newest->last, 0, 1);
	} else {
		emit(s, BPF_JMP | BPF_JGT | BPF_K, newest->last, 2, 3);
		emit(s, BPF_JMP | BPF_JA, 0, 0, 0); /* not reached: groups are of one length */
		emit(s, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	emit(s, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	emit(s, BPF_JMP | BPF_JA, TO_FILTER, 0, 0);
}

int seccomp_prepend_enosys(struct seccomp_program *program, const struct seccomp_newest *list,
			   size_t n, struct cleat_error *err)
{
	struct stub s = { .list = calloc(n * GROUP + program->n, sizeof(*s.list)) };

	if (!s.list)
		return cleat_fail(err, ENOMEM, "cannot compile the filter: %m");
	for (size_t i = 0; i < n; i++)
		emit_group(&s, &list[i]);
	for (size_t i = 0; i < s.n; i++)
		if (s.list[i].code == (BPF_JMP | BPF_JA) && s.list[i].k == TO_FILTER)
			s.list[i].k = (uint32_t)(s.n - i - 1);
	memcpy(s.list + s.n, program->list, program->n * sizeof(*s.list));
	free(program->list);
	program->list = s.list;
	program->n += s.n;
	return 0;
}
