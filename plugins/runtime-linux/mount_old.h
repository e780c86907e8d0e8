/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_old.h - what mount_setattr does, on kernels before 5.12, by mount(2).
 *
 * It takes mounts that are in place: a detached one cannot be remounted. mount_fd.c keeps what was asked for a
 * detached mount until it is attached; nothing of the container's runs in between.
 */
#ifndef RUNTIME_LINUX_MOUNT_OLD_H
#define RUNTIME_LINUX_MOUNT_OLD_H

#include <stdbool.h>
#include <stdint.h>

/** One call of mount_setattr. */
struct mount_change {
	uint64_t set, clear, propagation;
	bool recursive;
};

/** Descriptors are named through the procfs @proc; before: through "/proc". */
void mount_old_use_proc(int proc);
/** Apply @change to the mount whose root @fd is. 0 or -errno; EINVAL: it is not in place. */
int mount_old_change(int fd, const struct mount_change *change);

#endif
