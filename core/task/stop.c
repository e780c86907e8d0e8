/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop.c - signal, wait, SIGKILL, wait: a sequence of short jobs, so that the container's queue is free
 * while it takes its time (a second stop or a kill goes through).
 */
#include "task/kill.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <cleat/restart.h>

enum { KILL_LIMIT_S = 10, LAST_LIMIT_S = 2, ABANDON_LIMIT_S = 30, LONGEST_S = INT32_MAX };

struct stop {
	struct task *task;
	int signal;
	int64_t timeout_s;
	unsigned kills;
	bool deaf;             /* init ignores the signal */
	bool unheard;          /* the shim does not answer: it has been given up */
	bool signalling, over; /* a signal is under way; the rest is done */
	struct cleat_error result;
	struct task_waiter *waiter;
	struct cleat_watch *timer;
	task_done done;
	void *arg;
};

int task_stop_signal(const struct task *task)
{
	int signal = text_to_signal(task->config->stop_signal);

	return signal > 0 ? signal : SIGTERM;
}

int64_t task_stop_timeout(const struct task *task)
{
	return task->config->stop_timeout_set ? task->config->stop_timeout_s : 10;
}

static void finish(struct stop *stop, const struct cleat_error *err)
{
	struct task *task = stop->task;

	if (!stop->over)
		stop->result = *err;
	stop->over = true;
	loop_unwatchp(&stop->timer);
	if (stop->signalling)
		return; /* its callback still points here */
	if (stop->waiter)
		task_wait_cancel(task, stop->waiter);
	task->stopping = false;
	if (!stop->result.errnum)
		(void)kill_recorded(task, &stop->result);
	stop->done(stop->arg, &stop->result);
	free(stop);
	task_unpin(task);
}

static void ended(void *arg, int64_t exit_code, uint64_t exited_at, bool oom, const char *error)
{
	static const struct cleat_error success = { 0 };
	struct stop *stop = arg;

	(void)exit_code;
	(void)exited_at;
	(void)oom;
	(void)error;
	stop->waiter = NULL;
	finish(stop, &success);
}

static void too_late(void *arg);

static void arm(struct stop *stop, uint64_t limit_ns)
{
	struct cleat_error err = { 0 };

	loop_unwatchp(&stop->timer);
	if (loop_watch_timer(stop->task->all->env.loop, limit_ns, too_late, stop, &stop->timer,
			     &err) < 0)
		finish(stop, &err);
}

static void signal_sent(void *arg, const struct cleat_error *err)
{
	struct stop *stop = arg;

	stop->signalling = false;
	if (stop->over) {
		finish(stop, &stop->result);
		return;
	}
	/* The signal could not be sent: give it the moment that docker gives, then go on. */
	if (err->errnum)
		log_line(CLEAT_WARN, "%.12s: cannot send it a signal: %s, going on",
			 stop->task->row.id, err->text);
	if (!stop->waiter && (task_wait(stop->task, TASK_NOT_RUNNING, ended, stop, &stop->waiter,
					&(struct cleat_error){ 0 }) < 0)) {
		struct cleat_error why = { 0 };

		(void)cleat_fail(&why, ENOMEM, "cannot stop container: out of memory");
		finish(stop, &why);
		return;
	}
	if (err->errnum || stop->kills > 1)
		arm(stop, LAST_LIMIT_S * NS_PER_S);
	else if (stop->kills)
		arm(stop, KILL_LIMIT_S * NS_PER_S);
	else if (stop->timeout_s >= 0)
		arm(stop, (uint64_t)stop->timeout_s * NS_PER_S);
}

static void too_late(void *arg)
{
	struct stop *stop = arg;
	struct cleat_error err = { 0 };

	loop_unwatchp(&stop->timer);
	if (stop->kills == 2 && !stop->unheard && task_abandon(stop->task, &err) == 0) {
		stop->unheard = true;
		arm(stop, ABANDON_LIMIT_S * NS_PER_S);
		return;
	}
	if (stop->kills == 2) {
		(void)cleat_fail(&err, EBUSY,
				 "cannot stop container: %s: tried to kill container, but did not "
				 "receive an exit event",
				 task_label(stop->task));
		finish(stop, &err);
		return;
	}
	stop->kills++;
	stop->signalling = true;
	stop->task->deaf = stop->deaf;
	if (task_signal(stop->task, SIGKILL, true, true, signal_sent, stop, &err) < 0) {
		stop->signalling = false;
		finish(stop, &err);
	}
}

int task_stop(struct task *task, int signal, int64_t timeout_s, task_done done, void *arg,
	      struct cleat_error *err)
{
	struct stop *stop = calloc(1, sizeof(*stop));

	if (!stop)
		return cleat_fail(err, ENOMEM, "cannot stop container %s: out of memory",
				  task_label(task));
	stop->task = task;
	stop->signal = signal ? signal : task_stop_signal(task);
	stop->timeout_s = timeout_s > LONGEST_S ? -1 : timeout_s; /* 68 years are for ever */
	stop->done = done;
	stop->arg = arg;
	task->deaf = false;
	stop->deaf = timeout_s != 0 && task_ignores(task, stop->signal);
	if (stop->deaf)
		log_line(CLEAT_INFO, "%.12s: its first process ignores %s", task->row.id,
			 text_signal_name(stop->signal));
	/* Nothing is gained by asking politely first in 0 seconds, or one who does not listen. */
	bool kill = timeout_s == 0 ||
		    (stop->deaf && task->all->env.config->supervision.stop_skip_ignored);

	if (kill) {
		stop->signal = SIGKILL;
		stop->kills = 1;
		task->deaf = stop->deaf;
	}
	int r = task_signal(task, stop->signal, kill, true, signal_sent, stop, err);

	if (r < 0) {
		free(stop);
		return r;
	}
	stop->signalling = true;
	task->stopping = true;
	task_pin(task);
	return 0;
}

/* ---- after the death of a daemon ------------------------------------------------------------------- */
static void resumed(void *arg, const struct cleat_error *err)
{
	struct task *task = arg;

	if (err->errnum)
		log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, err->text);
	task_unpin(task);
}

void task_stop_resume(struct task *task)
{
	struct cleat_error err = { 0 };

	if (task->row.killed_for != CLEAT_CAUSE_MANUAL)
		return;
	log_line(CLEAT_INFO, "%.12s: its stop is completed", task->row.id);
	task_pin(task);
	if (task_stop(task, 0, task_stop_timeout(task), resumed, task, &err) < 0)
		resumed(task, &err);
}
