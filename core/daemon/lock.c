/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.c - only one cleatd for a state directory.
 *
 * flock and not a pid file: the kernel lets go of it however the process ends.
 */
#include "daemon/daemon.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include <cleat/cleanup.h>

enum { DYING_MS = 3000, NAP_MS = 10 };

/*
 * A daemon that was killed may have had a child of its own in the middle of some work; that dies with
 * it, but some milliseconds later, and till then the lock is the child's.
 */
static bool holder_is_dead(int fd)
{
	char text[32] = "";
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return false;
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	return pid > 0 && process_start_time(pid) == 0;
}

static bool take(int fd)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += NAP_MS) {
		if (errno != EWOULDBLOCK || waited >= DYING_MS || !holder_is_dead(fd))
			return false;
		(void)poll(NULL, 0, NAP_MS);
		errno = EWOULDBLOCK;
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

int daemon_lock(const char *state, struct cleat_error *err)
{
	_cleanup_close_ int dir = dir_make(state, 0711, err);
	char pid[32];

	if (dir < 0)
		return dir;
	_cleanup_close_ int fd =
		openat(dir, "cleatd.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open '%s/cleatd.lock': %m", state);
	if (!take(fd))
		return errno == EWOULDBLOCK
			       ? busy(fd, state, err)
			       : cleat_fail(err, errno, "cannot lock '%s/cleatd.lock': %m", state);
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	/* For people; a full disk does not matter here. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	return take_fd(&fd);
}
