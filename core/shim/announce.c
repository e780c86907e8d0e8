/* SPDX-License-Identifier: Apache-2.0 */
/*
 * announce.c - tell of a process's end, in this order: disk, event, waits.
 *
 * The exit of init is the last exit of its container: with a shared pid namespace execs may outlive
 * it, so they are killed and their exits go out first.
 */
#include "health.h"
#include "methods.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

static uint64_t drain_limit(const struct shim *shim)
{
	return (shim->engine ? 2 : 10) * NS_PER_S;
}

void waiters_answer(struct process *process)
{
	Containerd__Task__V2__WaitResponse answer = CONTAINERD__TASK__V2__WAIT_RESPONSE__INIT;
	Google__Protobuf__Timestamp at;

	method_time(&at, process->ending.at_ns);
	answer.exited_at = &at;
	answer.exit_status = process->ending.status;
	while (process->waiters) {
		struct waiter *waiter = process->waiters;

		process->waiters = waiter->next;
		rpc_call_on_close(waiter->call, NULL, NULL);
		rpc_reply(waiter->call, &answer.base);
		free(waiter);
	}
}

void process_announce(struct process *process)
{
	Containerd__Events__TaskExit event = CONTAINERD__EVENTS__TASK_EXIT__INIT;
	struct task *task = process->task;
	Google__Protobuf__Timestamp at;

	if (process->announced)
		return;
	process->announced = true;
	method_time(&at, process->ending.at_ns);
	event.container_id = task->id;
	event.id = *process->exec_id ? process->exec_id : task->id;
	event.pid = (uint32_t)process->pid;
	event.exit_status = process->ending.status;
	event.exited_at = &at;
	publish(task->shim->publisher, "/tasks/exit", &event.base);
	waiters_answer(process);
	fail_point("shim-announced");
}

static void drained(void *arg)
{
	struct process *process = arg;

	process->drained = true;
	delete_continue(process);
}

static void write_record(const struct process *process)
{
	struct cleat_error err = { 0 };

	/* Synced, unless a power cut ends the container's whole story (--rm). */
	if (exit_record_write(process->task->bundle_fd, process, !process->task->transient, &err) <
	    0)
		log_line(CLEAT_ERROR, "%s, going on without it", err.text);
}

/* What init leaves behind in its cgroup: nothing, unless it shared the pid namespace of others. */
static void kill_rest(struct task *task)
{
	struct cleat_error err = { 0 };

	if (use_runtime_kill(task->box, SIGKILL, true, &err) < 0 && err.errnum != ESRCH)
		log_line(CLEAT_DEBUG, "%s", err.text);
}

void process_ended(struct process *process)
{
	struct task *task = process->task;
	bool is_init = process == &task->init;

	process->state = PROCESS_STOPPED;
	if (is_init) {
		health_end(task->health);
		process->ending.oom_kills = oom_look(task);
		process->ending.oom =
			process->ending.oom_kills > 0 && process->ending.signal == SIGKILL;
		task->paused = false;
	}
	write_record(process);
	fail_point("shim-recorded");
	reap_one(process);
	if (is_init)
		kill_rest(task);
	if (process->stream)
		use_io_drain(process->stream, drain_limit(task->shim), drained, process);
	else
		process->drained = true;
	if (!is_init || !task_has_running_exec(task))
		process_announce(process);
	if (!is_init && task->init.state == PROCESS_STOPPED && !task_has_running_exec(task))
		process_announce(&task->init);
}
