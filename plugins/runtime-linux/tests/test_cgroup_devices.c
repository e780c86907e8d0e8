/* SPDX-License-Identifier: Apache-2.0 */
/* test_cgroup_devices.c - the device program, run by a small interpreter, against the plain meaning. */
#include <errno.h>
#include <stdint.h>

#include <cleat/cleanup.h>

#include "cgroup_devices.h"
#include "limits_test.h"
#include "support/unit.h"

static struct cleat_error err;

/* As much of a BPF machine as the program uses; anything else aborts. */
static uint64_t run(const struct bpf_insn *insns, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *i = &insns[pc];
		uint64_t k = (uint64_t)(int64_t)i->imm;

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			if (i->src_reg != 1)
				abort();
			r[i->dst_reg] = *(const uint32_t *)((const char *)ctx + i->off);
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			r[i->dst_reg] = r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = k;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			r[i->dst_reg] >>= k;
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			r[i->dst_reg] &= k;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += r[i->dst_reg] != k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == k ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0];
		default:
			abort();
		}
	}
	abort(); /* ran off the end */
}

/* The meaning: each bit of the access is decided by the last rule that speaks about it. */
static bool plain(const struct device_rules *rules, char type, uint32_t major, uint32_t minor,
		  uint32_t access)
{
	for (uint32_t bit = 1; bit <= 4; bit <<= 1) {
		bool allowed = false;

		if (!(access & bit))
			continue;
		for (size_t i = 0; i < rules->n; i++) {
			const struct device_rule *r = &rules->list[i];

			if ((r->type == 'a' || r->type == type) &&
			    (r->major == DEVICE_ANY || r->major == major) &&
			    (r->minor == DEVICE_ANY || r->minor == minor) && (r->access & bit))
				allowed = r->allow;
		}
		if (!allowed)
			return false;
	}
	return true;
}

/* The same for what version 1 would hold. */
static bool reduced_allows(bool allow, const struct device_rules *x, char type, uint32_t major,
			   uint32_t minor, uint32_t access)
{
	for (uint32_t bit = 1; bit <= 4; bit <<= 1) {
		bool exception = false;

		for (size_t i = 0; i < x->n; i++)
			exception |=
				x->list[i].type == type && (x->list[i].access & bit) &&
				(x->list[i].major == DEVICE_ANY || x->list[i].major == major) &&
				(x->list[i].minor == DEVICE_ANY || x->list[i].minor == minor);
		if ((access & bit) && exception == allow)
			return false;
	}
	return true;
}

static void compare(const struct device_rules *rules)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	struct device_rules reduced = { 0 };
	bool allow = false;
	size_t n = 0;

	UNIT_OK(device_rules_compile(rules, &insns, &n, &err), err);
	bool can_reduce = device_rules_reduce(rules, &allow, &reduced, &err) == 0;

	for (const char *type = "bc"; *type; type++)
		for (uint32_t major = 0; major < 12; major++)
			for (uint32_t minor = 0; minor < 12; minor++)
				for (uint32_t access = 1; access < 8; access++) {
					struct bpf_cgroup_dev_ctx ctx = {
						.access_type = access << 16 |
							       (*type == 'b' ? BPF_DEVCG_DEV_BLOCK
									     : BPF_DEVCG_DEV_CHAR),
						.major = major,
						.minor = minor,
					};
					bool want = plain(rules, *type, major, minor, access);

					if ((run(insns, n, &ctx) == 1) != want)
						CU_FAIL("the program and the rules disagree");
					if (can_reduce &&
					    reduced_allows(allow, &reduced, *type, major, minor,
							   access) != want)
						CU_FAIL("the reduced rules and the rules disagree");
				}
	device_rules_fini(&reduced);
}

static void rules_mean_what_they_say(void)
{
	static const char *const lists[] = {
		"[]",
		"[{'allow':false,'access':'rwm'}]",
		"[{'allow':true}]",
		"[{'allow':true},{'allow':false,'type':'c','major':3,'minor':-1,'access':'w'}]",
		"[{'allow':false},{'allow':true,'type':'b','major':8,'access':'r'},"
		"{'allow':false,'type':'b','major':8,'minor':1}]",
		"[{'allow':true,'type':'a','major':4,'minor':4,'access':'rw'},"
		"{'allow':false,'type':'c','major':4,'minor':4,'access':'w'}]",
		"[{'allow':true,'type':'u','major':2}]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct json_doc *doc = doc_of(lists[i]);
		struct device_rules rules = { 0 };

		UNIT_OK(device_rules_read(json_root(doc), &rules, &err), err);
		compare(&rules);
		device_rules_fini(&rules);
		json_free(doc);
	}
}

/* A fixed sequence, so that a failure can be had again. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void random_rules_too(void)
{
	uint32_t state = 2026;

	for (int round = 0; round < 60; round++) {
		struct device_rule list[12];
		struct device_rules rules = { list, next_random(&state) % 12 };

		for (size_t i = 0; i < rules.n; i++)
			list[i] = (struct device_rule){
				.allow = next_random(&state) % 2,
				.type = "abc"[next_random(&state) % 3],
				.major = next_random(&state) % 3 ? next_random(&state) % 4
								 : DEVICE_ANY,
				.minor = next_random(&state) % 3 ? next_random(&state) % 4
								 : DEVICE_ANY,
				.access = 1 + next_random(&state) % 7,
			};
		compare(&rules);
	}
}

static void version_1_refuses_what_it_cannot_say(void)
{
	struct json_doc *doc = doc_of("[{'allow':true,'type':'c','major':4},"
				      "{'allow':false,'type':'c','major':4,'minor':64}]");
	struct device_rules rules = { 0 };
	struct device_rules reduced = { 0 };
	bool allow = true;

	UNIT_OK(device_rules_read(json_root(doc), &rules, &err), err);
	UNIT_FAILS(device_rules_reduce(&rules, &allow, &reduced, &err), ENOTSUP, err,
		   "cannot deny device c 4:64");
	device_rules_fini(&rules);
	json_free(doc);
}

static void bad_rules_are_refused(void)
{
	static const char *const bad[] = {
		"[{}]",
		"[{'allow':'yes'}]",
		"[{'allow':true,'type':'x'}]",
		"[{'allow':true,'type':'bc'}]",
		"[{'allow':true,'type':'p'}]",
		"[{'allow':true,'access':'rwx'}]",
		"[{'allow':true,'major':-2}]",
		"[{'allow':true,'minor':4294967296}]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json_doc *doc = doc_of(bad[i]);
		struct device_rules rules = { 0 };

		UNIT_FAILS(device_rules_read(json_root(doc), &rules, &err), EINVAL, err,
			   "linux.resources.devices[0]: ");
		json_free(doc);
	}
}

UNIT_MAIN("runtime-linux: device rules", UNIT_TEST(rules_mean_what_they_say),
	  UNIT_TEST(random_rules_too), UNIT_TEST(version_1_refuses_what_it_cannot_say),
	  UNIT_TEST(bad_rules_are_refused))
