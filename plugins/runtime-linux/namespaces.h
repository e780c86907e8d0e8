/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces.h - the parent's half: which to make with clone3, which to open and join. */
#ifndef RUNTIME_LINUX_NAMESPACES_H
#define RUNTIME_LINUX_NAMESPACES_H

#include "init.h"

/** Open every namespace that is given by path, and make sure that it is what it is said to be. */
int namespaces_open(struct init *init, struct cleat_error *err);
/** CLONE_NEW* bits for clone3: those to be made, without cgroup and time, which come by unshare. */
uint64_t namespaces_clone_flags(const struct plan *plan);
/**
 * CLONE_NEW* bits of namespaces in which @pid is not together with the caller. Those that @plan has made for it are
 * its own: the kernel is asked about the others.
 */
int namespaces_of(int pid, const struct plan *plan, uint64_t *out_flags, struct cleat_error *err);

/** Write @pid's uid_map, gid_map and, where a single unprivileged mapping demands it, setgroups. */
int idmap_write(pid_t pid, const struct plan_idmaps *uids, const struct plan_idmaps *gids,
		struct cleat_error *err);
/** The same for one kind of id, by "newuidmap" or "newgidmap": for who may not write the map. */
int idmap_by_helper(const char *program, pid_t pid, const struct plan_idmaps *maps,
		    struct cleat_error *err);
/** Open a user namespace that has these mappings and nobody in it, for idmapped mounts. */
int idmap_namespace(const struct plan_idmaps *uids, const struct plan_idmaps *gids, int *out_fd,
		    struct cleat_error *err);

#endif
