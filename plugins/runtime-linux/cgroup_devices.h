/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_devices.h - which device nodes a container may use: linux.resources.devices.
 *
 * Nothing is allowed unless a rule says so, and the few devices that every program needs are
 * allowed by rules of ours after the configuration's.
 */
#ifndef RUNTIME_LINUX_CGROUP_DEVICES_H
#define RUNTIME_LINUX_CGROUP_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/json.h>

#include <linux/bpf.h>

#define DEVICE_ANY UINT32_MAX

/** One rule; the last that matches wins. Access is BPF_DEVCG_ACC_READ, _WRITE, _MKNOD. */
struct device_rule {
	bool allow;
	char type; /* 'a' both, 'b', 'c' */
	uint32_t major, minor;
	uint32_t access;
};

struct device_rules {
	struct device_rule *list;
	size_t n;
};

/** @devices, the array or NULL, and our own rules after it. */
int device_rules_read(const struct json *devices, struct device_rules *out,
		      struct cleat_error *err);
void device_rules_fini(struct device_rules *rules);

/**
 * The same as a default and exceptions to it, which is all that version 1 knows. ENOTSUP when
 * that cannot say it: a deny of one device out of an allowed range.
 */
int device_rules_reduce(const struct device_rules *rules, bool *out_allow_by_default,
			struct device_rules *out, struct cleat_error *err);
/** Reduce and write to a version 1 devices cgroup. */
int device_rules_write_v1(const struct device_rules *rules, int dir_fd, struct cleat_error *err);

/** Version 2: a program for the rules, malloc'ed. */
int device_rules_compile(const struct device_rules *rules, struct bpf_insn **out, size_t *out_n,
			 struct cleat_error *err);
/** Load and attach it to @dir_fd, in place of the programs that are there. */
int device_rules_attach_v2(const struct device_rules *rules, int dir_fd, struct cleat_error *err);

#endif
