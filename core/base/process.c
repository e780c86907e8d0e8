/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - a stored pid is only valid together with its start time (and boot). */
#include "process.h"

#include "fd.h"
#include "text.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* Field @number of what follows the name, which is field 2. */
static const char *field(const char *rest, int number)
{
	for (int i = 2; i < number && rest; i++) {
		rest = strchr(rest, ' ');
		rest = rest ? rest + 1 : NULL;
	}
	return rest;
}

int process_stat(pid_t pid, struct process_stat *out)
{
	enum { STATE = 3, PARENT = 4, FLAGS = 9, START_TIME = 22, EXIT_CODE = 52 };
	enum { PF_EXITING = 4 }; /* of the kernel's own */
	char path[64];
	char stat[1024];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);

	if (n <= 0)
		return -ESRCH;
	stat[n] = '\0';
	/* The second field is the name in brackets and may hold anything: begin after the last one. */
	const char *rest = strrchr(stat, ')');
	const char *start = rest ? field(rest, START_TIME) : NULL;
	const char *status = rest ? field(rest, EXIT_CODE) : NULL;

	if (!start)
		return -ESRCH;
	out->state = *field(rest, STATE);
	out->exiting = strtoul(field(rest, FLAGS), NULL, 10) & PF_EXITING;
	out->parent = (pid_t)strtol(field(rest, PARENT), NULL, 10);
	out->start_time = strtoull(start, NULL, 10);
	out->status = status ? (int)strtol(status, NULL, 10) : 0;
	return 0;
}

static bool is_zombie(const struct process_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

uint64_t process_start_time(pid_t pid)
{
	struct process_stat stat;

	return process_stat(pid, &stat) < 0 || is_zombie(&stat) ? 0 : stat.start_time;
}

/* ---- the ending of somebody else's child --------------------------------------------------------- */

/* Linux 6.13, and 6.15 for what is of use here; no header of Debian 12 has it. */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t ids[11]; /* pid, tgid, ppid, eight user and group ids */
	int32_t status;
};
#define GET_INFO  _IOWR(0xff, 11, struct pidfd_info)
#define INFO_EXIT (1u << 3)
_Static_assert(sizeof(struct pidfd_info) == 64, "the first version of the kernel's struct");

/* The kernel shows a zombie's status to whom it lets trace it; to others it is 0, which is a lie. */
static bool is_hidden(pid_t pid)
{
	char path[64];
	char target[1];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return readlink(path, target, sizeof(target)) < 0 && errno != ENOENT;
}

int process_ending(int pidfd, pid_t pid, uint64_t start_time, int *out_status)
{
	struct pidfd_info info = { .mask = INFO_EXIT };
	struct process_stat stat;
	bool hidden = is_hidden(pid);
	bool asked = ioctl(pidfd, GET_INFO, &info) == 0;

	if (asked && (info.mask & INFO_EXIT)) {
		*out_status = info.status;
		return 0;
	}
	if (process_stat(pid, &stat) < 0 || stat.start_time != start_time)
		/* reaped between the two questions: ask again */
		return asked ? -EAGAIN : -ENODATA;
	if (!is_zombie(&stat) || hidden)
		return -EAGAIN;
	*out_status = stat.status;
	return 0;
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
