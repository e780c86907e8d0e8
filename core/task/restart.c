/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.c - does it come back, and when: the plugin decides, the core counts, waits and cancels.
 *
 * The decision is a pure function of the stored row and the exit record, and it is saved before the
 * timer is armed: a daemon that dies at any point decides the same again, or finds the time that is
 * left. A generation number kills every timer that was made before the last wish of a user.
 */
#include "task/task.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "plugin/registry.h"
#include "use/use.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static int ask(struct task *task, const struct cleat_exit *exit, struct cleat_decision *out,
	       struct cleat_error *err)
{
	const struct plugin *plugin = NULL;
	struct cleat_policy policy = { .size = sizeof(policy) };
	char name[32] = "";
	int r = registry_find(task->all->env.registry, "restart", NULL, &plugin, err);

	if (r == 0)
		r = use_restart_parse(plugin, task->row.policy, name, &policy, err);
	return r < 0 ? r : use_restart_decide(plugin, &policy, exit, out, err);
}

static void describe(const struct task *task, const struct bundle_exit *record, int cause,
		     bool daemon_start, struct cleat_exit *out)
{
	const struct store_container *row = &task->row;
	int64_t ran = row->finished_at - row->started_at;

	*out = (struct cleat_exit){
		.size = sizeof(*out),
		.cause = (uint32_t)cause,
		.code = (int32_t)row->exit_code,
		.signal = (int32_t)row->exit_signal,
		.ran_ns = ran > 0 ? (uint64_t)ran : 0,
		.failures = (uint32_t)row->failures,
		.restarts = (uint32_t)(row->restart_count - row->budget_base),
		.stopped_by_user = row->manual != 0,
		.oom = record ? record->oom : row->exit_oom != 0,
		.daemon_start = daemon_start,
	};
}

static void schedule(struct task *task, uint64_t delay_ns)
{
	struct store_container *row = &task->row;

	row->restart_count++;
	row->attempt++;
	row->failures++;
	row->level++;
	row->next_boot_ns = (int64_t)(clock_now(CLOCK_BOOTTIME) + delay_ns);
	row->next_wall_ns = (int64_t)(clock_now(CLOCK_REALTIME) + delay_ns);
	row->phase = TASK_RESTARTING;
}

void restart_decide(struct task *task, const struct bundle_exit *record, int cause,
		    bool daemon_start)
{
	struct store_container *row = &task->row;
	struct cleat_exit exit = { 0 };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	row->next_boot_ns = row->next_wall_ns = 0;
	describe(task, record, cause, daemon_start, &exit);
	/* Cancel beats policy (S63), and what has never run does not come back. */
	if (row->phase == TASK_REMOVING || row->phase == TASK_DEAD)
		return;
	row->phase = TASK_EXITED;
	if (!row->started_before || (row->manual && !daemon_start) || !*row->policy)
		return;
	if (ask(task, &exit, &decision, &err) < 0) {
		log_line(CLEAT_ERROR, "%.12s: cannot decide about its restart: %s", row->id,
			 err.text);
		(void)task_set_text(&row->reason, err.text); /* out of memory: the log has it */
		return;
	}
	if (decision.reset_failures)
		row->failures = row->level = 0;
	if (task_set_text(&row->reason, decision.reason) < 0)
		log_line(CLEAT_WARN, "%.12s: out of memory, going on", row->id);
	if (decision.restart)
		schedule(task, decision.delay_ns);
	log_line(daemon_start && !decision.restart ? CLEAT_DEBUG : CLEAT_INFO, "%.12s: %s: %s",
		 row->id, decision.restart ? "comes back" : "stays stopped", decision.reason);
}

/* ---- the timer -------------------------------------------------------------------------------------- */
static void came_back(void *arg, int exit_code, const struct cleat_error *err)
{
	struct task *task = arg;
	struct cleat_error failure = { 0 };

	if (err->errnum && !task->gone && task->row.phase == TASK_RESTARTING) {
		log_line(CLEAT_WARN, "%.12s: cannot start it again: %s", task->row.id, err->text);
		task->row.exit_code = exit_code ? exit_code : 128;
		task->row.finished_at = task->row.started_at = (int64_t)clock_now(CLOCK_REALTIME);
		(void)task_set_text(&task->row.error, err->text); /* the log has it */
		restart_decide(task, NULL, CLEAT_CAUSE_START_FAILED, false);
		if (task_save(task, &failure) < 0)
			log_line(CLEAT_ERROR, "%.12s: %s", task->row.id, failure.text);
		if (task->row.phase == TASK_RESTARTING)
			restart_arm(task);
		task_wake(task, true);
	}
	task_unpin(task);
}

static void due(void *arg)
{
	struct task *task = arg;
	struct task_prepare how = { .automatic = true, .generation = task->row.generation };
	struct cleat_error err = { 0 };

	loop_unwatchp(&task->restart_timer);
	task_pin(task);
	if (task_start_whole(task, &how, came_back, task, &err) < 0)
		came_back(task, 0, &err);
}

void restart_arm(struct task *task)
{
	uint64_t now = clock_now(CLOCK_BOOTTIME);
	uint64_t at = (uint64_t)task->row.next_boot_ns;
	struct cleat_error err = { 0 };

	loop_unwatchp(&task->restart_timer);
	if (task->row.phase != TASK_RESTARTING)
		return;
	if (loop_watch_timer(task->all->env.loop, at > now ? at - now : 0, due, task,
			     &task->restart_timer, &err) < 0)
		log_line(CLEAT_ERROR, "%.12s: cannot wait for its restart: %s", task->row.id,
			 err.text);
}

void restart_cancel(struct task *task)
{
	loop_unwatchp(&task->restart_timer);
	task->row.generation++;
	task->row.next_boot_ns = task->row.next_wall_ns = 0;
	if (task->row.phase == TASK_RESTARTING)
		task->row.phase = TASK_EXITED;
}

void restart_reset(struct task *task)
{
	struct store_container *row = &task->row;

	loop_unwatchp(&task->restart_timer);
	row->generation++;
	row->manual = 0;
	row->failures = row->level = 0;
	row->restart_count = row->budget_base = 0;
	row->next_boot_ns = row->next_wall_ns = 0;
}
