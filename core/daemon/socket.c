/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - where clients and shims find us: systemd's socket (sd_listen_fds(3)) or our own.
 *
 * The lock is held, so a socket that is there belongs to a daemon that died: it is removed.
 */
#include "daemon/daemon.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cleat/cleanup.h>

enum { FIRST_PASSED = 3, BACKLOG = 128 };

/* Shims and clients look for the socket where the configuration says that it is. */
static int check_address(int fd, const char *path, struct cleat_error *err)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address) - 1; /* so that it ends with a zero */
	struct stat theirs;
	struct stat ours;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return cleat_fail(err, errno, "cannot use the socket from LISTEN_FDS: %m");
	if (stat(address.sun_path, &theirs) == 0 && stat(path, &ours) == 0 &&
	    theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
		return 0;
	return cleat_fail(
		err, EINVAL,
		"cannot use the socket from LISTEN_FDS: it is '%s', and the configuration says '%s'",
		address.sun_path, path);
}

static int check_passed(int fd, const char *path, struct cleat_error *err)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len) < 0)
		return cleat_fail(err, errno, "cannot use the socket from LISTEN_FDS: %m");
	if (value != AF_UNIX)
		return cleat_fail(err, EINVAL,
				  "cannot use the socket from LISTEN_FDS: it is no unix socket");
	len = sizeof(value);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) < 0 || !value)
		return cleat_fail(err, EINVAL,
				  "cannot use the socket from LISTEN_FDS: it does not listen");
	if (check_address(fd, path, err) < 0)
		return -err->errnum;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return cleat_fail(err, errno, "cannot use the socket from LISTEN_FDS: %m");
	return fd;
}

/* -1: none was passed. */
static int passed(const char *path, struct cleat_error *err)
{
	const char *pid_text = getenv("LISTEN_PID");
	const char *count_text = getenv("LISTEN_FDS");
	uint32_t pid = 0;
	uint32_t count = 0;
	bool mine = pid_text && count_text && text_to_u32(pid_text, &pid) == 0 &&
		    text_to_u32(count_text, &count) == 0 && pid == (uint32_t)getpid() && count > 0;

	/* Not for our children, whose pid might be right by accident one day. */
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!mine)
		return -1;
	if (count > 1)
		return cleat_fail(err, EINVAL,
				  "cannot use %u sockets from LISTEN_FDS: one is enough", count);
	return check_passed(FIRST_PASSED, path, err);
}

static int remove_dead(const char *path, struct cleat_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : cleat_fail(err, errno, "cannot look at '%s': %m", path);
	if (!S_ISSOCK(st.st_mode))
		return cleat_fail(err, EEXIST,
				  "cannot listen on '%s': a file is in the way, move it", path);
	return unlink(path) < 0 ? cleat_fail(err, errno, "cannot remove '%s': %m", path) : 0;
}

int daemon_listen_at(const char *path, struct cleat_error *err)
{
	int r = remove_dead(path, err);
	int fd = r < 0 ? r : fd_unix_listen(path, 0600, BACKLOG);

	return r == 0 && fd < 0 ? cleat_fail(err, -fd, "cannot listen on '%s': %m", path) : fd;
}

int daemon_listen(const char *path, bool *out_ours, struct cleat_error *err)
{
	int fd = 0;

	err->errnum = 0;
	fd = passed(path, err);
	*out_ours = false;
	if (fd >= 0 || err->errnum)
		return fd;
	fd = daemon_listen_at(path, err);
	*out_ours = fd >= 0;
	return fd;
}
