/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim_log.c - <bundle>/log, the fifo that a shim writes its log lines to; they become ours.
 *
 * Opened O_RDWR, as containerd does: it never ends, and a shim that opens it finds a reader. A shim
 * that outlives us must not get stuck or die when the fifo is full: that is why it is 64 KiB of
 * best effort, and our own shim writes without blocking.
 */
#include "task/shim_log.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

static void readable(void *arg, uint32_t events)
{
	struct task *task = arg;
	char bytes[2048];
	ssize_t n = read(task->log_fd, bytes, sizeof(bytes) - 1);
	char *rest = bytes;
	char *line = NULL;

	(void)events;
	if (n <= 0)
		return;
	bytes[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_line(CLEAT_INFO, "%.12s: shim: %.500s", task->row.id, line);
}

int shim_log_open(struct task *task, bool make, struct cleat_error *err)
{
	_cleanup_free_ char *path = text_format("%s/log", task->bundle);

	shim_log_close(task);
	if (!path)
		return cleat_fail(err, ENOMEM, "cannot open the shim's log: out of memory");
	if (make && mkfifo(path, 0700) < 0 && errno != EEXIST)
		return cleat_fail(err, errno, "cannot make fifo '%s': %m", path);
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open fifo '%s': %m", path);
	int r = loop_watch_fd(task->all->env.loop, fd, EPOLLIN, readable, task, &task->log_watch,
			      err);

	if (r < 0)
		(void)close(fd);
	else
		task->log_fd = fd;
	return r;
}

void shim_log_close(struct task *task)
{
	if (!task->log_watch)
		return;
	readable(task, EPOLLIN); /* last words */
	loop_unwatchp(&task->log_watch);
	(void)close(task->log_fd);
}
