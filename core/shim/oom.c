/* SPDX-License-Identifier: Apache-2.0 */
/* oom.c - notice that the kernel killed something of a container for want of memory. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"

uint64_t oom_look(struct task *task)
{
	Containerd__Events__TaskOOM event = CONTAINERD__EVENTS__TASK_OOM__INIT;
	struct cleat_stats stats = { 0 };
	struct cleat_error err = { 0 };

	if (use_runtime_stats(task->box, &stats, &err) < 0 || stats.oom_kills <= task->oom_kills)
		return task->oom_kills;
	task->oom_kills = stats.oom_kills;
	event.container_id = task->id;
	publish(task->shim->publisher, "/tasks/oom", &event.base);
	return task->oom_kills;
}

/* An eventfd (cgroup v1) or an inotify descriptor (v2): emptied, or it would be ready for ever. */
static void ready(void *arg, uint32_t events)
{
	struct task *task = arg;
	char waste[4096];

	(void)events;
	if (read(task->oom_fd, waste, sizeof(waste)) <= 0 && errno != EAGAIN && errno != EINTR)
		loop_unwatchp(&task->oom_watch);
	(void)oom_look(task);
}

void oom_watch(struct task *task)
{
	struct cleat_error err = { 0 };

	if (use_runtime_oom_fd(task->box, &task->oom_fd, &err) < 0) {
		task->oom_fd = -1;
		log_line(CLEAT_DEBUG, "no notice of OOM kills: %s", err.text);
		return;
	}
	(void)fcntl(task->oom_fd, F_SETFL, O_NONBLOCK);
	if (loop_watch_fd(task->shim->loop, task->oom_fd, EPOLLIN, ready, task, &task->oom_watch,
			  &err) < 0)
		log_line(CLEAT_WARN, "no notice of OOM kills: %s", err.text);
}
