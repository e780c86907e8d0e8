/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gc.c - what cannot be cleaned up now: a process in the kernel's hands, a mount in use, a cgroup that
 * will not go.
 *
 * The container stays in this phase, says why (ps, inspect), and is tried again with a back-off that
 * survives the daemon. Nobody else waits for it. Once it is clean, what its end had brought is decided:
 * a restart, a removal, or nothing.
 */
#include "task/events.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "config/config.h"

#include <errno.h>

#include <cleat/cleanup.h>

static void try_again(void *arg);

static uint64_t delay(const struct task *task)
{
	const struct config_supervision *s = &task->all->env.config->supervision;
	uint64_t delay_ns = s->gc_delay_ns;

	for (int64_t i = 1; i < task->row.gc_tries && delay_ns < s->gc_delay_max_ns; i++)
		delay_ns *= 2;
	return delay_ns < s->gc_delay_max_ns ? delay_ns : s->gc_delay_max_ns;
}

static void arm(struct task *task, uint64_t delay_ns)
{
	struct alarms *alarms = task->all->restarts->alarms;
	struct cleat_error err = { 0 };

	task->gc_alarm.ring = try_again;
	task->gc_alarm.arg = task;
	if (alarms_set(alarms, &task->gc_alarm, alarms_now(alarms) + delay_ns, &err) < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, err.text);
}

static void save(struct task *task)
{
	struct cleat_error err = { 0 };

	if (task_save(task, &err) < 0)
		log_line(CLEAT_ERROR, "%.12s: %s, going on", task->row.id, err.text);
}

/* One more try has failed, or the first one. */
static void note(struct task *task)
{
	struct store_container *row = &task->row;
	uint64_t delay_ns = 0;

	row->gc_tries++;
	delay_ns = delay(task);
	row->gc_next_ns = (int64_t)(clock_now(CLOCK_REALTIME) + delay_ns);
	if (task_set_text(&row->gc_why, task->stuck) < 0)
		log_line(CLEAT_WARN, "%.12s: out of memory, going on", row->id);
	save(task);
	arm(task, delay_ns);
}

void gc_enter(struct task *task, bool then_remove)
{
	struct store_container *row = &task->row;
	struct cleat_error err = { 0 };
	bool first = row->gc_since == 0;

	if (row->phase == TASK_REMOVING)
		then_remove = true;
	else
		restart_undo(task);
	if (row->phase != TASK_GC && task_move(task, TASK_GC, &err) < 0) {
		log_line(CLEAT_ERROR, "%.12s: %s", row->id, err.text);
		return;
	}
	if (first)
		row->gc_since = (int64_t)clock_now(CLOCK_REALTIME);
	row->gc_remove = row->gc_remove || then_remove;
	note(task);
	fail_point("gc-entered");
	if (first)
		task_event(task, "gc", "state", "waiting", "reason", row->gc_why, NULL);
}

void gc_leave(struct task *task)
{
	struct store_container *row = &task->row;

	alarms_clear(task->all->restarts->alarms, &task->gc_alarm);
	row->gc_since = row->gc_tries = row->gc_next_ns = row->gc_remove = 0;
	(void)task_set_text(&row->gc_why, ""); /* out of memory: gc_since says that it is over */
}

static void finished(struct task *task)
{
	struct store_container *row = &task->row;
	struct cleat_error err = { 0 };
	bool then_remove = row->gc_remove != 0;

	log_line(CLEAT_INFO, "%.12s: cleaned up after %lld tries", row->id,
		 (long long)row->gc_tries + 1);
	task_event(task, "gc", "state", "done", "tries", event_number(row->gc_tries + 1).text,
		   NULL);
	gc_leave(task);
	restart_decide(task, (int)row->cause, false); /* the third occasion of S50 */
	save(task);
	if (!then_remove)
		restart_arm(task);
	else if (task_remove(task, true, NULL, NULL, &err) < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", row->id, err.text);
	task_wake(task, false);
}

/* ---- a try, as a job: it waits for what else the container is about -------------------------------- */
static int clean_up(struct job *job, struct cleat_error *err)
{
	struct task *task = job_data(job);

	if (task->gone || task->row.phase != TASK_GC)
		return cleat_fail(err, ECANCELED, "it is cleaned up by another");
	return task_teardown_step(job, task, err);
}

static void tried(void *arg, struct job *job, const struct cleat_error *err)
{
	struct task *task = arg;

	(void)job;
	if (task->gone || task->row.phase != TASK_GC || err->errnum == ECANCELED)
		return;
	if (err->errnum)
		note(task);
	else
		finished(task);
}

static const struct job_step steps[] = { { "clean up again", clean_up, NULL } };
static const struct job_kind kind = { "gc", steps, ARRAY_SIZE(steps) };

static void try_again(void *arg)
{
	struct task *task = arg;
	struct cleat_error err = { 0 };

	if (job_add(&task->jobs, &kind, task, NULL, tried, task, &err) < 0)
		arm(task, NS_PER_S);
}

void gc_hurry(struct task *task)
{
	arm(task, 0);
}
