/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt_end.c - the end of an init that is not our child.
 *
 * Its parent is now the machine's init, which reaps it some time. Until then the zombie shows its
 * status; afterwards the pidfd does, since Linux 6.15. When neither told, the status is unknown, and
 * that is said.
 */
#include "adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"

enum { LIMIT_S = 5, AGAIN_MS = 20, UNKNOWN_STATUS = 255 };

static void take(struct process *process, int status)
{
	struct ending *ending = &process->ending;

	if (WIFEXITED(status)) {
		ending->status = (uint32_t)WEXITSTATUS(status);
		return;
	}
	ending->signal = WTERMSIG(status);
	ending->core = WCOREDUMP(status);
	ending->status = 128u + (uint32_t)ending->signal;
	ending->ours = process->killed_by == ending->signal;
}

static void over(struct adopted *adopted, int status, bool known)
{
	struct process *process = &adopted->task->init;

	loop_unwatchp(&adopted->ended);
	loop_unwatchp(&adopted->again);
	adopt_console(adopted->task); /* what it said last */
	process->ending.at_ns = clock_now(CLOCK_REALTIME);
	process->ending.at_boot_ns = clock_now(CLOCK_BOOTTIME);
	process->ending.lost = !known;
	if (known)
		take(process, status);
	else
		process->ending.status = UNKNOWN_STATUS;
	process_ended(process);
}

static void look(void *arg)
{
	struct adopted *adopted = arg;
	struct task *task = adopted->task;
	struct cleat_error err = { 0 };
	int status = 0;
	int r = process_ending(adopted->pidfd, task->init.pid, adopted->start_time, &status);

	loop_unwatchp(&adopted->again);
	if (r == -EAGAIN && clock_now(CLOCK_MONOTONIC) < adopted->deadline &&
	    loop_watch_timer(task->shim->loop, AGAIN_MS * NS_PER_MS, look, adopted, &adopted->again,
			     &err) == 0)
		return;
	if (r < 0)
		log_line(CLEAT_WARN, "cannot tell how '%s' ended: its parent was killed before it",
			 task->id);
	over(adopted, status, r == 0);
}

static void ended(void *arg, uint32_t events)
{
	struct adopted *adopted = arg;

	(void)events;
	loop_unwatchp(&adopted->ended);
	adopted->deadline = clock_now(CLOCK_MONOTONIC) + LIMIT_S * NS_PER_S;
	look(adopted);
}

int adopted_watch(struct task *task, int pidfd, uint64_t start_time, struct cleat_error *err)
{
	_cleanup_close_ int fd = pidfd;
	struct adopted *adopted = calloc(1, sizeof(*adopted));

	if (!adopted)
		return cleat_fail(err, ENOMEM, "out of memory");
	*adopted =
		(struct adopted){ .task = task, .start_time = start_time, .pidfd = take_fd(&fd) };
	task->adopted = adopted;
	return loop_watch_fd(task->shim->loop, adopted->pidfd, EPOLLIN, ended, adopted,
			     &adopted->ended, err);
}

void adopted_free(struct adopted *adopted)
{
	if (!adopted)
		return;
	loop_unwatchp(&adopted->ended);
	loop_unwatchp(&adopted->again);
	loop_unwatchp(&adopted->patience);
	cleat_closep(&adopted->pidfd);
	free(adopted);
}
