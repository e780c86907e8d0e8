/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - config.json, read once and strictly, as flat arrays that the child only walks.
 *
 * Unknown members are ignored, unknown values are errors (specification, "Extensibility" and
 * "Valid values"). Strings point into the document, which lives as long as the plan.
 */
#ifndef RUNTIME_LINUX_PLAN_H
#define RUNTIME_LINUX_PLAN_H

#include "mount_options.h"
#include "schedule.h"

#include <cleat/error.h>
#include <cleat/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The kinds of namespaces, in the order in which an existing one is joined: user first. */
enum plan_ns {
	NS_USER,
	NS_MOUNT,
	NS_CGROUP,
	NS_UTS,
	NS_IPC,
	NS_NETWORK,
	NS_TIME,
	NS_PID,
	NS_KINDS,
};

struct plan_namespace {
	bool wanted;      /**< listed in the configuration */
	const char *path; /**< NULL: make a new one */
};

struct plan_idmap {
	uint32_t inside, outside, size;
};
struct plan_idmaps {
	struct plan_idmap *rows;
	size_t n;
};

struct plan_mount {
	const char *destination, *type, *source;
	struct mount_options options;
	struct plan_idmaps uids, gids; /**< of an idmapped mount */
	int source_fd;                 /**< detached tree that the parent opened, or -1 */
	int userns_fd;                 /**< user namespace with uids and gids, or -1 */
};

struct plan_device {
	const char *path;
	mode_t mode; /**< with S_IFCHR, S_IFBLK or S_IFIFO */
	dev_t number;
	uint32_t uid, gid;
};

/** `process`, of a container or of an exec. */
struct plan_process {
	const struct json *node; /**< for capabilities and rlimits */
	bool terminal, no_new_privs, has_oom_score, has_umask;
	uint16_t rows, columns;
	int oom_score_adj;
	const char *cwd;
	const char **args; /**< NULL-ended */
	const char **env;  /**< NULL-ended, with room for one more (HOME) */
	size_t nargs, nenv;
	uint32_t uid, gid, umask;
	const char *username; /**< resolved inside the jail; overrides uid and gid */
	uint32_t *groups;
	size_t ngroups;
	const char *apparmor, *selinux;
	bool has_personality;
	uint64_t personality;
	struct schedule schedule;
};

struct plan {
	struct json_doc *doc;
	const struct json *root, *linux_;
	struct plan_process process;
	const char *root_path;
	bool root_read_only;
	const char *hostname, *domainname;
	struct plan_namespace namespaces[NS_KINDS];
	struct plan_idmaps uids, gids;
	const char *time_offsets; /**< lines for timens_offsets, or NULL */
	struct plan_mount *mounts;
	size_t nmounts;
	struct plan_device *devices;
	size_t ndevices;
	const char **masked, **read_only; /**< NULL-ended */
	uint64_t propagation;             /**< of the root mount: MS_*, or 0 */
	struct memory_policy memory_policy;
	struct plan_block *blocks; /**< what plan_free frees */
};

/** Read @config, which is parsed by this call. plan_free it also after a failure. */
int plan_read(struct plan *plan, const char *config, size_t len, struct cleat_error *err);
/** Read the `process` object @text alone, for exec. */
int plan_read_process(struct plan *plan, const char *text, size_t len, struct cleat_error *err);
void plan_free(struct plan *plan);

/** Zeroed memory that lives as long as the plan; NULL when there is none. */
void *plan_alloc(struct plan *plan, size_t n, size_t bytes);
/** CLONE_NEW* bit and specification's name of kind @ns. */
uint64_t plan_ns_flag(enum plan_ns ns);
const char *plan_ns_name(enum plan_ns ns);
/** Does the container get a namespace of this kind that is made for it? */
bool plan_ns_is_new(const struct plan *plan, enum plan_ns ns);

/* The parts, each in a file of its own. */
int plan_read_process_node(struct plan *plan, const struct json *node, struct cleat_error *err);
int plan_read_mounts(struct plan *plan, const struct json *list, struct cleat_error *err);
int plan_label_mounts(struct plan *plan, const char *label, struct cleat_error *err);
int plan_idmap_mounts(struct plan *plan, struct cleat_error *err);
int plan_read_linux(struct plan *plan, const struct json *node, struct cleat_error *err);
int plan_read_idmaps(struct plan *plan, const struct json *node, const char *key,
		     struct plan_idmaps *out, struct cleat_error *err);

int plan_read_schedule(struct plan *plan, const struct json *process, struct schedule *out,
		       struct cleat_error *err);
int plan_read_memory_policy(struct plan *plan, const struct json *linux_, struct cleat_error *err);

/* Checks that several parts need. */
/** A member as "0-3,8"; NULL when it is absent or empty. */
int plan_read_numbers(struct plan *plan, const struct json *node, const char *key,
		      const struct number_list **out, struct cleat_error *err);
/** A string array as NULL-ended pointers with @spare free places; absent: an empty one. */
int plan_texts(struct plan *plan, const struct json *node, const char *key, size_t spare,
	       const char ***out, size_t *out_n, struct cleat_error *err);
/** Is @path absolute, no longer than PATH_MAX and free of line breaks? EINVAL names @what. */
int plan_check_path(const char *path, const char *what, struct cleat_error *err);

#endif
