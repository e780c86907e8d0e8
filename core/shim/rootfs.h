/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.h - mount a container's root at <bundle>/rootfs, as containerd asks, and take it away. */
#ifndef CORE_SHIM_ROOTFS_H
#define CORE_SHIM_ROOTFS_H

#include <stddef.h>

#include <cleat/error.h>
#include <cleat/runtime.h>

/** Mount all of @mounts, in order, on <bundle>/rootfs (made if missing). Nothing is left on failure. */
int rootfs_mount(int bundle_fd, const char *bundle, const struct cleat_mount *mounts, size_t n,
		 struct cleat_error *err);
/** Unmount whatever is stacked on or below <bundle>/rootfs. Nothing there is success. */
int rootfs_unmount(const char *bundle, bool lazily, struct cleat_error *err);

#endif
