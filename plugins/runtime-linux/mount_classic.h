/* SPDX-License-Identifier: Apache-2.0 */
/* mount_classic.h - mount(2) on a directory that is open, where it says the same as the newer calls. */
#ifndef RUNTIME_LINUX_MOUNT_CLASSIC_H
#define RUNTIME_LINUX_MOUNT_CLASSIC_H

#include "plan.h"

/** Does mount(2) mean the same for @m: a filesystem of the kernel's own with plain options? */
bool mount_classic_fits(const struct plan_mount *m);
/**
 * Mount @m on the directory @target, which becomes the working directory; @mode is given to a tmpfs
 * unless it is 0. 0 or -errno, which says less than the newer calls do: let them try again.
 */
int mount_classic(const struct plan_mount *m, mode_t mode, int target);

#endif
