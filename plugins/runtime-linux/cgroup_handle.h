/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_handle.h - what the files of the cgroup part share about one container. */
#ifndef RUNTIME_LINUX_CGROUP_HANDLE_H
#define RUNTIME_LINUX_CGROUP_HANDLE_H

#include <limits.h>

#include "cgroup.h"
#include "cgroup_devices.h"
#include "cgroup_limits.h"
#include "cgroup_tree.h"

enum {
	CGROUP_ABSENT = -1,   /* the container has no directory in this hierarchy */
	CGROUP_UNOPENED = -2, /* it has, and nobody has needed it yet */
};

struct cgroup {
	const struct cleat_host *host; /* may be NULL */
	struct cgroup_tree tree;
	char *path;                 /* absolute, the same in each hierarchy; "" for none */
	char *sub_path[CGROUP_MAX]; /* of a sub-cgroup: where it is not `path`; or NULL */
	int *fd;                    /* the directories, O_PATH, or one of the two below */
	size_t made[CGROUP_MAX];    /* so many last components of `path` are our making */
	bool begun;                 /* by cgroup_begin: version 2's may hold our own process */
	bool asked;                 /* a path or limits were asked for: nothing may be missing */
	struct cgroup_limits limits;
	struct device_rules devices;
	struct systemd_unit *unit; /* whose cgroup it is; or NULL */
	char not_enabled[128];     /* why a v2 controller could not be enabled */
	struct cgroup_hierarchy view[CGROUP_MAX];
};

/** A handle for @path on @tree, which it takes over (also on failure). Opens nothing. */
int cgroup_new(const struct cleat_host *host, struct cgroup_tree *tree, const char *path,
	       struct cgroup **out, struct cleat_error *err);
/** Fill fd[] with what exists. */
int cgroup_open_dirs(struct cgroup *cg, struct cleat_error *err);
/** EBUSY: what exists already is frozen or holds somebody. */
int cgroup_check_vacant(struct cgroup *cg, struct cleat_error *err);
/** plan on a given tree; takes it over. */
int cgroup_plan_on(const struct cleat_host *host, struct cgroup_tree *tree,
		   const struct json *config, const char *id, const char *parent,
		   struct cgroup **out, struct cleat_error *err);
/** The same for a path that is known; @asked: it must not be left out. */
int cgroup_plan_path(const struct cleat_host *host, struct cgroup_tree *tree,
		     const struct json *config, const char *path, bool asked, struct cgroup **out,
		     struct cleat_error *err);
/** Make what cgroup_create makes, now that systemd has made the scope. */
int cgroup_make(struct cgroup *cg, struct cleat_error *err);
/** plan for a scope of systemd. */
int cgroup_systemd_plan(const struct cleat_host *host, const struct json *config, const char *id,
			struct cgroup **out, struct cleat_error *err);
/** Tell systemd of new limits, and stop the scope. Nothing for a cgroup that is not systemd's. */
int cgroup_systemd_update(const struct cgroup *cg, const struct json *resources,
			  struct cleat_error *err);
void cgroup_systemd_stop(const struct cgroup *cg);
void cgroup_systemd_free(struct cgroup *cg);
/** openat2 of a directory below @dir_fd, without symbolic links: a descriptor or -errno. */
int cgroup_open_below(int dir_fd, const char *path);
/** Where the container is in hierarchy @i. */
const char *cgroup_path_in(const struct cgroup *cg, size_t i);
/** Its absolute path there. False: it is too long. */
bool cgroup_full_path(const struct cgroup *cg, size_t i, char out[PATH_MAX]);
/** Descriptor of the container's directory in hierarchy @i, opened once. -ENOENT: none; -errno. */
int cgroup_dir(const struct cgroup *cg, size_t i);
/** Descriptor of the directory with @controller, or -1; *@out_version tells which version. */
int cgroup_dir_of(const struct cgroup *cg, const char *controller, int *out_version);
/** Descriptor of the version 2 directory, or -1. */
int cgroup_dir_v2(const struct cgroup *cg);
/** Does any of the directories exist? */
bool cgroup_exists(const struct cgroup *cg);

/** Write limits into the directories; with @undo, put the old values back on failure. */
int cgroup_write_limits(const struct cgroup *cg, const struct cgroup_limits *limits, bool undo,
			struct cleat_error *err);

/** CLOCK_MONOTONIC in milliseconds; sleep @ms. */
int64_t cgroup_now_ms(void);
void cgroup_sleep_ms(int ms);

#endif
