/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_devices_v2.c - device rules for version 2: a small BPF program, written by hand.
 *
 * The kernel asks it "may this process do ACCESS to device TYPE MAJOR:MINOR?" and takes 1 for yes.
 * The rules are looked at from the last to the first. r6 holds what is asked for and not yet
 * decided: an allow rule takes its bits away and the answer is yes when none is left; a deny rule
 * says no when it has one of them. So a rule for "w" alone decides about "rw" as one would expect.
 */
#include "cgroup_devices.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#define INSNS_PER_RULE 6
#define INSNS_AROUND   8
#define MAX_PROGRAMS   64 /* the kernel's limit of programs on one cgroup */

enum { R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R6 = 6, R7 = 7 };

struct program {
	struct bpf_insn *insns;
	size_t n;
};

static void emit(struct program *p, uint8_t code, unsigned int dst, unsigned int src, int16_t off,
		 int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code,
		.dst_reg = dst & 15u,
		.src_reg = src & 15u,
		.off = off,
		.imm = imm,
	};
}

static void emit_load(struct program *p, uint8_t to, size_t member)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, to, R1, (int16_t)member, 0);
}

static void emit_answer(struct program *p, int32_t answer)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R0, 0, 0, answer);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps to the end of the rule are filled in once it is known where that is. */
static void patch_jumps(struct program *p, size_t from)
{
	for (size_t i = from; i < p->n; i++)
		if (p->insns[i].off == INT16_MAX)
			p->insns[i].off = (int16_t)(p->n - i - 1);
}

static void emit_unless(struct program *p, uint8_t reg, uint32_t value)
{
	emit(p, BPF_JMP | BPF_JNE | BPF_K, reg, 0, INT16_MAX, (int32_t)value);
}

static void emit_rule(struct program *p, const struct device_rule *rule)
{
	size_t start = p->n;

	if (rule->type != 'a')
		emit_unless(p, R2, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rule->major != DEVICE_ANY)
		emit_unless(p, R4, rule->major);
	if (rule->minor != DEVICE_ANY)
		emit_unless(p, R7, rule->minor);
	if (rule->allow) {
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R6, 0, 0, (int32_t)~rule->access);
		emit_unless(p, R6, 0);
		emit_answer(p, 1);
	} else {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R3, R6, 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R3, 0, 0, (int32_t)rule->access);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, R3, 0, INT16_MAX, 0);
		emit_answer(p, 0);
	}
	patch_jumps(p, start);
}

int device_rules_compile(const struct device_rules *rules, struct bpf_insn **out, size_t *out_n,
			 struct cleat_error *err)
{
	struct program p = {
		.insns = calloc(rules->n * (INSNS_PER_RULE + 2) + INSNS_AROUND, sizeof(*p.insns)),
	};

	if (!p.insns)
		return cleat_fail(err, ENOMEM, "cannot build the device program: %m");
	emit_load(&p, R2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(&p, BPF_ALU64 | BPF_MOV | BPF_X, R6, R2, 0, 0);
	emit(&p, BPF_ALU64 | BPF_RSH | BPF_K, R6, 0, 0, 16);     /* access */
	emit(&p, BPF_ALU64 | BPF_AND | BPF_K, R2, 0, 0, 0xffff); /* type */
	emit_load(&p, R4, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(&p, R7, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = rules->n; i-- > 0;)
		emit_rule(&p, &rules->list[i]);
	emit_answer(&p, 0);
	*out = p.insns;
	*out_n = p.n;
	return 0;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int load(const struct bpf_insn *insns, size_t n, struct cleat_error *err)
{
	union bpf_attr attr = { 0 };

	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = pointer(insns);
	attr.insn_cnt = (uint32_t)n;
	attr.license = pointer("Apache-2.0");
	memcpy(attr.prog_name, "cleat_devices", sizeof("cleat_devices"));
	int fd = bpf(BPF_PROG_LOAD, &attr);

	return fd >= 0 ? fd : cleat_fail(err, errno, "cannot load the device program: %m");
}

/* Descriptors of the programs that are attached already; those that we may not see stay. */
static size_t attached(int dir_fd, int fds[MAX_PROGRAMS])
{
	uint32_t ids[MAX_PROGRAMS] = { 0 };
	union bpf_attr query = { 0 };
	size_t n = 0;

	query.query.target_fd = (uint32_t)dir_fd;
	query.query.attach_type = BPF_CGROUP_DEVICE;
	query.query.prog_ids = pointer(ids);
	query.query.prog_cnt = MAX_PROGRAMS;
	if (bpf(BPF_PROG_QUERY, &query) < 0)
		return 0;
	for (uint32_t i = 0; i < query.query.prog_cnt && i < MAX_PROGRAMS; i++) {
		union bpf_attr get = { 0 };

		get.prog_id = ids[i];
		int fd = bpf(BPF_PROG_GET_FD_BY_ID, &get);

		if (fd >= 0)
			fds[n++] = fd;
	}
	return n;
}

static int attach(int dir_fd, int program, int replaced)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)dir_fd;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (replaced >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)replaced;
	}
	return bpf(BPF_PROG_ATTACH, &attr) < 0 ? -errno : 0;
}

static void detach(int dir_fd, int program)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)dir_fd;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	(void)bpf(BPF_PROG_DETACH,
		  &attr); /* all programs must agree: an old one only denies more */
}

int device_rules_attach_v2(const struct device_rules *rules, int dir_fd, struct cleat_error *err)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	int old[MAX_PROGRAMS];
	size_t n = 0;
	int rc = device_rules_compile(rules, &insns, &n, err);

	if (rc < 0)
		return rc;
	_cleanup_close_ int program = load(insns, n, err);

	if (program < 0)
		return program;
	size_t n_old = attached(dir_fd, old);
	bool replaced = n_old == 1 && attach(dir_fd, program, old[0]) == 0;

	rc = replaced ? 0 : attach(dir_fd, program, -1);
	/* New before old: there is no moment without a program. */
	for (size_t i = 0; i < n_old; i++) {
		if (rc == 0 && !replaced)
			detach(dir_fd, old[i]);
		close(old[i]);
	}
	return rc < 0 ? cleat_fail(err, -rc, "cannot attach the device program: %m") : 0;
}
