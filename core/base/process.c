/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - a stored pid is only valid together with its start time (and boot). */
#include "process.h"

#include "fd.h"
#include "text.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

uint64_t process_start_time(pid_t pid)
{
	char path[64];
	char stat[1024];
	unsigned long long start = 0;
	char state = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);

	if (n <= 0)
		return 0;
	stat[n] = '\0';
	/* The second field is the name in brackets and may hold anything: begin after the last one. */
	char *rest = strrchr(stat, ')');

	if (!rest ||
	    sscanf(rest + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		   &state, &start) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : start;
}

int process_open(pid_t pid, uint64_t start_time)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	uint64_t now = process_start_time(pid);

	if (now == 0 || (start_time && now != start_time))
		return -ESRCH;
	return take_fd(&fd);
}

int process_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int process_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int r = 0;

	do {
		r = poll(&p, 1, timeout_ms);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int process_oom_adjust(int adjustment)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", adjustment);
	_cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, text, (size_t)n);
}

int process_oom_adjustment(pid_t pid)
{
	char path[64];
	char value[16] = "";
	int64_t n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, value, sizeof(value) - 1) <= 0)
		return 0;
	value[strcspn(value, "\n")] = '\0';
	return text_to_i64(value, &n) < 0 ? 0 : (int)n;
}
