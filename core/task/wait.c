/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c - who waits for a container's end, and when that has come.
 *
 * "Not running" means not running and no restart pending: a client that waits for a container under
 * a restart policy waits for its last exit (restart-and-lifecycle.md 4.2).
 */
#include "task/task.h"

#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>

struct task_waiter {
	struct task_waiter *next;
	struct task *task;
	enum task_condition condition;
	task_waited waited;
	void *arg;
};

static void call(const struct task *task, struct task_waiter *waiter)
{
	waiter->waited(waiter->arg, task->row.exit_code, (uint64_t)task->row.finished_at,
		       task->row.exit_oom != 0, task->row.error ? task->row.error : "");
	free(waiter);
}

static bool holds(const struct task *task, enum task_condition condition, bool exited)
{
	switch (condition) {
	case TASK_NOT_RUNNING:
		return task->gone || !task_phase_is_active((int)task->row.phase);
	case TASK_NEXT_EXIT:
		return task->gone || exited;
	case TASK_REMOVED:
		return task->gone;
	}
	return false;
}

void task_wake(struct task *task, bool exited)
{
	struct task_waiter **at = &task->waiters;

	while (*at) {
		struct task_waiter *waiter = *at;

		if (!holds(task, waiter->condition, exited)) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		call(task, waiter);
		at = &task->waiters; /* the callback may have changed the list */
	}
}

/* A waiter whose condition holds already: look again from the loop. */
static void look_again(void *arg)
{
	struct task *task = arg;

	task_wake(task, false);
	task_unpin(task);
}

int task_wait(struct task *task, enum task_condition condition, task_waited waited, void *arg,
	      struct task_waiter **out, struct cleat_error *err)
{
	struct task_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return cleat_fail(err, ENOMEM, "cannot wait for container %s: out of memory",
				  task_label(task));
	waiter->task = task;
	waiter->condition = condition;
	waiter->waited = waited;
	waiter->arg = arg;
	if (holds(task, condition, false)) {
		if (loop_defer(task->all->env.loop, look_again, task) < 0) {
			free(waiter);
			return cleat_fail(err, ENOMEM,
					  "cannot wait for container %s: out of memory",
					  task_label(task));
		}
		task_pin(task);
	}
	waiter->next = task->waiters;
	task->waiters = waiter;
	if (out)
		*out = waiter;
	return 0;
}

void task_wait_cancel(struct task *task, struct task_waiter *waiter)
{
	struct task_waiter **at = &task->waiters;

	while (*at && *at != waiter)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = waiter->next;
	free(waiter);
}
