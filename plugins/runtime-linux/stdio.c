/* SPDX-License-Identifier: Apache-2.0 */
/* stdio.c - descriptors 0, 1 and 2 of the program. */
#include "init.h"

#include "syscalls.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

/* The host's /dev/null, kept from before the root changed; in exec, the container's, verified. */
static int open_null(struct init *init, struct cleat_error *err)
{
	char path[64];
	struct stat st;
	int fd = -1;

	if (init->null_fd >= 0) {
		(void)snprintf(path, sizeof(path), "self/fd/%d", init->null_fd);
		fd = openat(init->proc_fd, path, O_RDWR | O_CLOEXEC);
	} else {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot open /dev/null: %m");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return cleat_fail(err, ENODEV, "/dev/null is not the null device");
	return fd;
}

/* /dev/stdout can be opened again by a program that is not root; devices stay their owner's. */
static void give_to_user(const struct init *init, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || S_ISCHR(st.st_mode) || st.st_uid == init->process->uid)
		return;
	(void)!fchown(fd, init->process->uid, (gid_t)-1); /* sockets, read-only: as it is, then */
}

static int apply_streams(struct init *init, struct cleat_error *err)
{
	int from[3] = { -1, -1, -1 };
	int null_fd = -1;

	if (init->stdio) {
		from[0] = init->stdio->in;
		from[1] = init->stdio->out;
		from[2] = init->stdio->err;
	}
	/* The caller's own are there, and execve has shown that they stay over one. */
	for (int i = 0; from[i] == i; i++) {
		give_to_user(init, i);
		if (i == 2)
			return 0;
	}
	/* A source among 0-2 could be overwritten before its turn: take copies first. */
	for (int i = 0; i < 3; i++) {
		if (from[i] < 0 && null_fd < 0) {
			null_fd = open_null(init, err);
			if (null_fd < 0)
				return null_fd;
		}
		from[i] = fcntl(from[i] < 0 ? null_fd : from[i], F_DUPFD_CLOEXEC, 3);
		if (from[i] < 0)
			return cleat_fail(err, errno, "descriptor %d: %m", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(from[i], i) < 0)
			return cleat_fail(err, errno, "descriptor %d: %m", i);
		(void)close(from[i]);
		give_to_user(init, i);
	}
	return 0;
}

int stdio_apply(struct init *init, struct cleat_error *err)
{
	if (!init->process->terminal)
		return apply_streams(init, err);
	for (int i = 0; i < 3; i++)
		if (dup2(init->tty_fd, i) < 0)
			return cleat_fail(err, errno, "descriptor %d: %m", i);
	return 0;
}

int terminal_take(struct init *init, struct cleat_error *err)
{
	if (init->process->terminal && ioctl(0, TIOCSCTTY, 0) < 0)
		return cleat_fail(err, errno, "cannot take the terminal: %m");
	return 0;
}
