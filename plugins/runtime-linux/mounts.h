/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.h - pieces of mounts.c that its neighbours and its tests use. */
#ifndef RUNTIME_LINUX_MOUNTS_H
#define RUNTIME_LINUX_MOUNTS_H

#include "init.h"

/** @path without empty, "." and ".." components and without the leading slash. */
void mounts_clean_path(const char *path, char *out, size_t size);
/**
 * May something of @type (or the tree @source, -1: none) be mounted on @target, which the
 * configuration calls @destination? EPERM inside a procfs, but for the few files that may be covered.
 */
int mounts_check_proc(const char *destination, const char *type, int target, int source,
		      struct cleat_error *err);
/** Mount @m, which mount_classic_fits, in its place. 1: the kernel did not want it so; errors are final. */
int mount_in_place(struct init *init, const struct plan_mount *m, mode_t mode,
		   struct cleat_error *err);
/** tmpcopyup: fill the detached @tmpfs with what is at @m's place below @root. */
int mounts_copy_up(int root, const struct plan_mount *m, int tmpfs, struct cleat_error *err);
/** The type "cgroup": cgroup2, or a tmpfs with one mount for each version 1 hierarchy. */
int mount_cgroup(struct init *init, const struct plan_mount *m, struct cleat_error *err);

#endif
