/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.h - the command line, parsed: one struct for all commands, filled in by their tables. */
#ifndef CORE_OCI_ARGUMENTS_H
#define CORE_OCI_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct arguments {
	/* global */
	const char *root, *log, *log_format, *cgroup_manager, *rootless;
	bool debug, systemd_cgroup, version, help;
	/* create, run, exec */
	const char *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	bool no_pivot, no_new_keyring, no_subreaper, detach, keep;
	uint32_t preserve_fds;
	/* exec */
	const char *cwd, *user, *process, *process_label, *apparmor, *cgroup;
	struct strings env, capabilities, groups;
	bool tty, no_new_privs, ignore_paused;
	/* kill, delete, list, ps, events */
	bool all, force, quiet, stats, rootless_spec;
	const char *format, *interval;
	/* update */
	const char *resources, *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_share;
	const char *cpu_rt_period, *cpu_rt_runtime, *cpu_idle, *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap, *pids_limit;
	const char *l3_cache_schema, *mem_bw_schema;
	/* checkpoint, restore */
	const char *image_path, *work_path, *parent_path, *page_server, *manage_cgroups_mode;
	const char *lsm_profile, *lsm_mount_context;
	struct strings empty_ns;
	bool leave_running, tcp_established, tcp_skip_in_flight, link_remap, ext_unix_sk, shell_job;
	bool lazy_pages, file_locks, pre_dump, auto_dedup;
	/* what is left: ID and its followers; NULL-ended */
	const char *const *rest;
	size_t nrest;
	char **argv; /**< everything, for cleat-oci-dl */
};

enum flag_kind { FLAG_BOOL, FLAG_TEXT, FLAG_LIST, FLAG_U32 };

struct flag {
	const char *name;
	char letter; /**< 0: none */
	uint8_t kind;
	uint16_t offset; /**< in struct arguments */
	const char *value, *doc;
};
#define FLAG(kind, field, name, letter, value, doc)                               \
	{                                                                         \
		name, letter, kind, offsetof(struct arguments, field), value, doc \
	}

/**
 * Parse flags of @flags (a row without a name ends them) until the first word that is none, or after
 * "--". Go's flag syntax: one dash or two, "=" or the next word. Returns the words used; EINVAL.
 */
int arguments_parse(struct arguments *arguments, const struct flag *flags, char **words,
		    struct cleat_error *err);
void arguments_fini(struct arguments *arguments);

#endif
