/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd.h - /etc/passwd and /etc/group of an image, read by nobody's library.
 *
 * No NSS: it would load code from the image (CVE-2019-14271). Reading is bounded and never blocks;
 * a line that is not well formed, or longer than a kilobyte, is skipped.
 */
#ifndef RUNTIME_LINUX_PASSWD_H
#define RUNTIME_LINUX_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct passwd_entry {
	uint32_t uid, gid;
	char home[256];
};

/** Find user @name, or when it is NULL user @uid, in file @path. 0, -ENOENT or -errno. */
int passwd_find(const char *path, const char *name, uint32_t uid, struct passwd_entry *out);
/** Find group @name. 0, -ENOENT or -errno. */
int group_find(const char *path, const char *name, uint32_t *out_gid);
/** Add the gids of all groups that list @user as a member; -E2BIG when there are more than @room. */
int group_memberships(const char *path, const char *user, uint32_t *gids, size_t room,
		      size_t *inout_n);
/** Digits only, at most 2^32-2: 0, else -EINVAL (no digits at all) or -ERANGE. */
int passwd_number(const char *text, uint32_t *out);

#endif
