/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.c - only one cleatd for a state directory.
 *
 * flock and not a pid file: the kernel lets go of it however the process ends.
 */
#include "daemon/daemon.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include <cleat/cleanup.h>

enum { PATIENCE_MS = 5000, NAP_MS = 10 };

static bool answers(const char *socket)
{
	_cleanup_close_ int fd = fd_unix_connect(socket);

	return fd >= 0;
}

/*
 * Who holds the lock and does not answer is about to begin, about to leave, or was killed and has a child
 * that dies some milliseconds later: then we wait. Whoever started us connects to the one that answers.
 */
static bool take(int fd, const char *socket)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += NAP_MS) {
		if (waited >= PATIENCE_MS || answers(socket))
			return false;
		(void)poll(NULL, 0, NAP_MS);
	}
	return true;
}

static int busy(int fd, const char *state, struct cleat_error *err)
{
	char holder[32] = "";

	if (pread(fd, holder, sizeof(holder) - 1, 0) <= 0)
		holder[0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	return cleat_fail(err, EBUSY, "cannot start cleatd: another one (pid %s) serves '%s'",
			  *holder ? holder : "unknown", state);
}

int daemon_lock(const char *state, const char *socket, struct cleat_error *err)
{
	_cleanup_close_ int dir = dir_make(state, 0711, err);
	char pid[32];

	if (dir < 0)
		return dir;
	if (daemon_owned(dir, state, err) < 0)
		return -err->errnum;
	_cleanup_close_ int fd =
		openat(dir, "cleatd.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open '%s/cleatd.lock': %m", state);
	if (!take(fd, socket))
		return busy(fd, state, err);
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	/* For people; a full disk does not matter here. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	return take_fd(&fd);
}
