/* SPDX-License-Identifier: Apache-2.0 */
/* oom.c - notice that the kernel killed something of a container for want of memory. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"

enum { LOOKS_MAX = 7 }; /* 10 ms, doubling: 1.3 s in all */

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

static void look_again(void *arg);

/* Version 1 notifies when the memory is used up, and counts when it has killed, a little later. */
static void look_later(struct task *task)
{
	uint64_t delay = (10 * NS_PER_MS) << task->oom_looks;
	struct cleat_error err = { 0 };

	if (task->oom_looks++ >= LOOKS_MAX)
		return;
	loop_unwatchp(&task->oom_later);
	(void)loop_watch_timer(task->shim->loop, delay, look_again, task, &task->oom_later, &err);
}

static void look_again(void *arg)
{
	struct task *task = arg;
	uint64_t before = task->oom_kills;

	loop_unwatchp(&task->oom_later);
	if (oom_look(task) == before)
		look_later(task);
}

/* An eventfd (cgroup v1) or an inotify descriptor (v2): emptied, or it would be ready for ever. */
static void ready(void *arg, uint32_t events)
{
	struct task *task = arg;
	char waste[4096];

	(void)events;
	if (read(task->oom_fd, waste, sizeof(waste)) <= 0 && errno != EAGAIN && errno != EINTR)
		loop_unwatchp(&task->oom_watch);
	task->oom_looks = 0;
	look_again(task);
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
