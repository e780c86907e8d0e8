/* SPDX-License-Identifier: Apache-2.0 */
/* mount_helper.h - a mount that is made in a throw-away mount namespace and handed over detached. */
#ifndef RUNTIME_LINUX_MOUNT_HELPER_H
#define RUNTIME_LINUX_MOUNT_HELPER_H

#include <cleat/error.h>

/** In a child of its own, in a private copy of our mount namespace: a detached mount, or -errno. */
typedef int (*mount_helper)(const void *arg, struct cleat_error *err);

/** Run @helper and wait for its end; close *out_fd. */
int mount_by_helper(mount_helper helper, const void *arg, int *out_fd, struct cleat_error *err);

#endif
