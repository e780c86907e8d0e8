/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.h - the parent's half: detached mounts for the container's root. */
#ifndef RUNTIME_LINUX_ROOTFS_H
#define RUNTIME_LINUX_ROOTFS_H

#include "init.h"

/**
 * Open req->rootfs, or root.path of the plan below the bundle when there is none, as detached
 * mounts into init->rootfs. Nothing becomes visible on the host.
 */
int rootfs_open(struct init *init, const struct cleat_create *req, struct cleat_error *err);
/** Sources of bind mounts and idmapped trees that the child could not open itself. */
int mounts_open(struct init *init, struct plan *plan, int bundle_fd, struct cleat_error *err);
void mounts_close(struct plan *plan);

#endif
