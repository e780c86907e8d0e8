/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec.h - OCI config.json: made from what a user asked, with safe defaults; and read for the little
 * that daemon and shim need of it.
 *
 * The runtime plugin parses the text itself (runtime.h); this part writes it. User and group names
 * are passed on in process.user.username, which runtime/linux looks up inside the jail: no program
 * of the host's side ever reads the container's /etc/passwd.
 */
#ifndef CORE_SPEC_SPEC_H
#define CORE_SPEC_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/json.h>

struct spec_mount {
	const char *type, *source, *target;
	const char *const *options; /* NULL-ended, or NULL */
};
struct spec_device {
	const char *host, *container, *access;
};
struct spec_rlimit {
	const char *name; /* "nofile" or "RLIMIT_NOFILE" */
	uint64_t soft, hard;
};
struct spec_pair {
	const char *key, *value;
};

/** What a container should be. Zero means the default; arrays of strings end in NULL or are NULL. */
struct spec_options {
	const char *const *args,
		*const *env;       /* the whole environment; PATH, HOSTNAME, TERM are added */
	const char *cwd;           /* "/" */
	const char *user;          /* "", "1000:50", "name:group" */
	const char *const *groups; /* numbers or names */
	const char *hostname;
	bool terminal, read_only, privileged;
	bool host_caps; /* privileged / ALL: bounded by this process's bounding set */
	const char *const *cap_add, *const *cap_drop; /* "NET_ADMIN", "CAP_NET_ADMIN", "ALL" */
	bool no_new_privileges;
	const char *apparmor, *selinux; /* profile and label; NULL or "": none */
	const char *seccomp;            /* JSON of a profile; NULL or "unconfined": none */
	const char *root_path;          /* root.path; NULL: "rootfs" */
	/* Namespaces: NULL or "" own, "host" none, else a path to join. */
	const char *network, *pid, *ipc, *uts, *cgroupns, *user_ns;
	/* A user namespace of its own: ids 0 .. map_size - 1 are these of the host. 0: none. */
	uint32_t map_uid, map_gid, map_size;
	const struct spec_mount *mounts;
	size_t nmounts;
	const struct spec_device *devices;
	size_t ndevices;
	const struct spec_rlimit *rlimits;
	size_t nrlimits;
	int64_t memory, memory_swap, memory_reservation; /* 0: unset; swap -1: no limit */
	int64_t cpu_quota;
	uint64_t cpu_period, cpu_shares;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids; /* 0: unset, -1: no limit */
	const char *cgroups_path;
	const struct spec_pair *annotations;
	size_t nannotations;
	const char *const *sysctls; /* key=value */
	const char
		*init; /* host path of a static init that is bound to /sbin/.cleat-init, or NULL */
	int64_t oom_score_adj;
	bool oom_score_adj_set;
	uint64_t shm_size; /* 0: 64 MiB */
	uint16_t rows, columns;
};

/** Write config.json (pretty when @pretty). Free *out_json. EINVAL: a bad capability, rlimit, device... */
int spec_generate(const struct spec_options *options, bool pretty, char **out_json,
		  struct cleat_error *err);
/** The `process` object for an exec, on top of the container's own @config. Free *out_json. */
struct spec_exec {
	const char *const *args, *const *env; /* env: additions */
	const char *cwd, *user;               /* NULL: as the container's */
	bool terminal, privileged;
	uint16_t rows, columns;
};
int spec_exec_process(const char *config, const struct spec_exec *exec, char **out_json,
		      struct cleat_error *err);

/** The document that `cleat-oci spec` writes: runc's, made safe (security.md principle 19). */
int spec_default(bool rootless, char **out_json, struct cleat_error *err);

/**
 * Is @config fit to be run? ociVersion 1.x, process.args, absolute cwd, enum values... what can be
 * judged without the kernel. EINVAL with the member's path.
 */
int spec_validate(const struct json *config, struct cleat_error *err);

#endif
