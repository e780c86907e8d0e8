/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.h - a container's control groups: one directory in each hierarchy that matters.
 *
 * Order of use: plan (checks everything, touches nothing) - record cgroup_path on disk - create
 * (directories, limits, device rules) - clone with clone_fd - add. A later process loads by path.
 * Everything here runs in the parent, with its privileges and the host's view.
 */
#ifndef RUNTIME_LINUX_CGROUP_H
#define RUNTIME_LINUX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/host.h>
#include <cleat/json.h>
#include <cleat/runtime.h>

struct cgroup; /* the handle; nothing in the kernel hangs on it */

/** Which layout the machine has. */
enum cgroup_layout { CGROUP_NONE, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };

/** One mounted hierarchy, for whoever mounts cgroups inside a container. Borrowed from the handle. */
struct cgroup_hierarchy {
	const char
		*controllers; /**< as in /proc/self/cgroup: "cpu,cpuacct", "name=systemd"; "" v2 */
	const char *mount_point; /**< on the host */
	const char *dir_name;    /**< last component of mount_point: its name inside a container */
	const char *path;        /**< the container's cgroup below mount_point, begins with '/' */
	int version;             /**< 1 or 2 */
	bool missing; /**< not ours to write, and nothing asked for: the container has none there */
};

/**
 * Decide which cgroup container @id gets, and check linux.resources of @config to the last value.
 *
 * Path: linux.cgroupsPath, else @parent (NULL: "/cleat") and @id. Touches nothing. @flags are
 * create's: with CLEAT_NO_CGROUP the handle is empty and every call on it succeeds without effect; with
 * CLEAT_SYSTEMD_CGROUP it is systemd that makes the cgroup, see cgroup_start_unit. EINVAL: a value; EBUSY: the cgroup exists and is not
 * empty or is frozen. @host is for warnings and may be NULL.
 */
int cgroup_plan(const struct cleat_host *host, const struct json *config, const char *id,
		const char *parent, uint32_t flags, struct cgroup **out, struct cleat_error *err);
/**
 * What to record before cgroup_create, and what cgroup_load takes: an absolute path, "" for none.
 * The same in every hierarchy. Borrowed.
 */
const char *cgroup_path(const struct cgroup *cg);
/** Make the directories, write the limits, install device rules. On failure nothing is left. */
int cgroup_create(struct cgroup *cg, struct cleat_error *err);
/**
 * Version 1's directories take as long as the namespaces of a process: both can be made at the same time. This makes
 * what has to be there before the process, if it is a single directory; cgroup_create then comes after the clone.
 * False: nothing was made, and cgroup_create comes before.
 */
bool cgroup_begin(struct cgroup *cg);
/** What the process, which has an older copy of the handle, has to know of cgroup_create: one bit a hierarchy. */
uint32_t cgroup_missing(const struct cgroup *cg);
void cgroup_set_missing(struct cgroup *cg, uint32_t missing);
/**
 * For a cgroup of systemd's, which cgroup_create has left alone: let systemd start the scope with @pid in it,
 * then make the rest and write the limits. Nothing for others.
 */
int cgroup_start_unit(struct cgroup *cg, const char *id, pid_t pid, struct cleat_error *err);
bool cgroup_has_unit(const struct cgroup *cg);
/** What to record besides the path: "system:UNIT" or "user:UNIT" in @out, "" for none. */
void cgroup_unit(const struct cgroup *cg, char *out, size_t size);
/** After cgroup_load, with what cgroup_unit said. */
int cgroup_set_unit(struct cgroup *cg, const char *recorded, struct cleat_error *err);
/**
 * A directory for CLONE_INTO_CGROUP, or -1 where there is no cgroup2. Borrowed. Does not spare
 * cgroup_add: version 1 has no such thing.
 */
int cgroup_clone_fd(const struct cgroup *cg);
/** Move @pid into every hierarchy; @cloned_into: it is already in cgroup_clone_fd's. */
int cgroup_add(const struct cgroup *cg, pid_t pid, bool cloned_into, struct cleat_error *err);
/**
 * The same for the caller, which has a single thread: several times cheaper. Needs the privileges of the
 * host's user namespace; allocates nothing, so the cloned child can do it.
 */
int cgroup_enter(const struct cgroup *cg, bool cloned_into, struct cleat_error *err);
/**
 * Find the cgroups of a container again by what was recorded. Does not fail when they are gone:
 * the calls below then say ENOENT, and destroy succeeds.
 */
int cgroup_load(const struct cleat_host *host, const char *path, struct cgroup **out,
		struct cleat_error *err);
void cgroup_free(struct cgroup *cg);
void cgroup_freep(struct cgroup **cg);

/**
 * Where a further process goes: @sub, an existing cgroup below the container's own, as `runc exec
 * --cgroup` spells it ("[CONTROLLER,...:]PATH"); or the container's own when @sub is NULL. On v2,
 * when the container has made sub-cgroups and its own may hold no process, the one where @init is,
 * provided that it is below. NULL: the container's own. Otherwise the result is for clone_fd and add only; free it.
 * EINVAL: @sub leaves the container's; ENOENT: it does not exist.
 */
int cgroup_open_sub(const struct cgroup *cg, const char *sub, pid_t init, struct cgroup **out,
		    struct cleat_error *err);
/**
 * Give the v2 directory and the files of /sys/kernel/cgroup/delegate to @uid and @gid (as the host
 * counts), for a container with a user and a cgroup namespace and a writable cgroup mount.
 */
int cgroup_delegate(const struct cgroup *cg, uid_t uid, gid_t gid, struct cleat_error *err);

/** Freeze everything below; returns when all is frozen. EBUSY: it would not, and is thawed again. */
int cgroup_freeze(const struct cgroup *cg, struct cleat_error *err);
int cgroup_thaw(const struct cgroup *cg, struct cleat_error *err);
/** 1: frozen or freezing, 0: not, or no cgroup. */
int cgroup_is_frozen(const struct cgroup *cg, struct cleat_error *err);
/** SIGKILL for everything below, thawed if it was frozen. Does not wait. Gone: success. */
int cgroup_kill(const struct cgroup *cg, struct cleat_error *err);
/** @signal for every process below; thaws only for SIGKILL. ESRCH: there is none. */
int cgroup_signal(const struct cgroup *cg, int signal, struct cleat_error *err);
/** Every process below, each once. malloc'ed. ENOENT: the cgroup is gone. */
int cgroup_pids(const struct cgroup *cg, int32_t **out_pids, size_t *out_n,
		struct cleat_error *err);
/** Apply @resources (linux.resources; what is absent stays). Checked whole before the first write. */
int cgroup_update(const struct cgroup *cg, const struct json *resources, struct cleat_error *err);

int cgroup_stats(const struct cgroup *cg, struct cleat_stats *out, struct cleat_error *err);
/** `data` of `runc events --stats`. malloc'ed. */
int cgroup_metrics_json(const struct cgroup *cg, char **out_json, struct cleat_error *err);
/**
 * Readable (EPOLLIN) when oom_kills may have grown, or the cgroup has gone; drain it with read()
 * until EAGAIN (O_NONBLOCK; give 4 KiB). The caller closes it. ENOENT: no memory controller.
 */
int cgroup_oom_fd(const struct cgroup *cg, int *out_fd, struct cleat_error *err);
/** How many processes the kernel's OOM killer has taken here; 0 when nobody counts. */
uint64_t cgroup_oom_kills(const struct cgroup *cg);

/**
 * Remove the directories if nobody and nothing is in them: the kernel refuses else. False: somebody is,
 * and perhaps some are removed. What a container whose init is gone leaves is almost always empty.
 */
bool cgroup_remove_empty(const struct cgroup *cg);
/**
 * Remove the directories, children first. Repeatable. Waits a bounded time for processes that are
 * on their way out; EBUSY names the hierarchy that still has some. Kills nothing.
 */
int cgroup_destroy(const struct cgroup *cg, struct cleat_error *err);

/** What the machine has, and hierarchy @i of this container; NULL past the last. */
enum cgroup_layout cgroup_layout_of(const struct cgroup *cg);
const struct cgroup_hierarchy *cgroup_hierarchy_at(const struct cgroup *cg, size_t i);

#endif
