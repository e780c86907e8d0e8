/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owned.c - may what is in this directory be believed?
 *
 * Below state are the bundles, whose config.json a shim runs as root, and the socket that clients of root
 * trust; below root is the database. Who may write to either directory could put others in their place.
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int daemon_owned(int dir_fd, const char *path, struct cleat_error *err)
{
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return cleat_fail(err, errno, "cannot look at '%s': %m", path);
	if (st.st_uid != geteuid())
		return cleat_fail(
			err, EPERM,
			"cannot use '%s': it belongs to user %u, who could replace what is "
			"in it; chown it to root",
			path, st.st_uid);
	if ((st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && st.st_gid != getegid()))
		return cleat_fail(
			err, EPERM,
			"cannot use '%s': others may write to it (mode %03o) and could replace what "
			"is in it; chmod go-w",
			path, st.st_mode & 0777u);
	return 0;
}
