/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root_idmap.h - mounts of a root filesystem whose ids are mapped.
 *
 * Among their options are containerd's words "uidmap=INSIDE:OUTSIDE:SIZE[,...]" and "gidmap=...". An
 * overlay's layers are mapped, its upper directory is not: what is written there belongs to the host's
 * ids. Every other mount is mapped as a whole.
 */
#ifndef RUNTIME_LINUX_ROOT_IDMAP_H
#define RUNTIME_LINUX_ROOT_IDMAP_H

#include "plan.h"

#include <cleat/runtime.h>

enum { MAX_ROOT_IDMAPS = 340 }; /* the kernel's limit */

struct root_idmap {
	struct plan_idmap uid_rows[MAX_ROOT_IDMAPS], gid_rows[MAX_ROOT_IDMAPS];
	struct plan_idmaps uids, gids; /**< of these rows; none: nothing is mapped */
};

/** Is it one of the two words? */
bool root_idmap_is_word(const char *option);
/** Read the words of @mount; without any @out has no rows. EINVAL. */
int root_idmap_read(const struct cleat_mount *mount, struct root_idmap *out,
		    struct cleat_error *err);
/** Open a user namespace with these mappings; close *out_fd. */
int root_idmap_open(const struct root_idmap *map, int *out_fd, struct cleat_error *err);
/** Map the detached mount at @fd, and with @recursive what is mounted below it. */
int root_idmap_apply(int fd, int userns, bool recursive, const char *what, struct cleat_error *err);

/**
 * overlay_idmap.c: the overlay @mount on layers @lower, mapped by @userns; a detached mount, without the
 * attributes of a mount. Since Linux 5.19.
 */
int overlay_open_mapped(const struct cleat_mount *mount, const char *lower, int userns, int *out_fd,
			struct cleat_error *err);

#endif
