/* SPDX-License-Identifier: Apache-2.0 */
/* process_id.c - first the pidfd, then the check: what the pidfd holds cannot change any more. */
#include "process_id.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

uint64_t process_id_start_time(pid_t pid, char *out_state)
{
	enum { START_FIELD = 22, STATE_FIELD = 3 };
	char path[64];
	char text[1024];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	/* The name in parentheses may hold anything, also ") 1 2": the last one counts. */
	char *at = strrchr(text, ')');

	if (!at || at[1] != ' ')
		return 0;
	at += 2;
	if (out_state)
		*out_state = *at;
	for (int field = STATE_FIELD; field < START_FIELD && at; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 10) : 0;
}

/* EINVAL, or ENOENT on newer kernels: the number is that of somebody's thread by now. */
static bool means_gone(int errnum)
{
	return errnum == ESRCH || errnum == ENOENT || errnum == EINVAL;
}

int process_id_open(pid_t pid, uint64_t start_time)
{
	char state = 0;
	_cleanup_close_ int fd = sys_pidfd_open(pid);

	if (fd < 0)
		return means_gone(errno) ? -ESRCH : -errno;
	errno = 0;
	uint64_t started = process_id_start_time(pid, &state);

	if (started == 0 && errno != 0 && !means_gone(errno))
		return -errno;
	if (started != start_time || state == 'Z' || state == 'X')
		return -ESRCH;
	return take_fd(&fd);
}
