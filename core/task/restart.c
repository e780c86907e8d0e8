/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.c - does it come back, and when: the plugin decides, the core counts and limits.
 *
 * The one place that asks, whatever the occasion: an exit, the daemon's start, a cleaning up that is
 * done, a start that failed, another policy. The decision is a pure function of the stored row and the
 * exit record, and it is saved before it has any effect: a daemon that dies at any point decides the
 * same again, or finds the time that is left. restart_wait.c waits.
 */
#include "task/restart_options.h"
#include "task/restarts.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "plugin/registry.h"
#include "use/use.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

const char *restart_cause_name(int cause)
{
	static const char *const names[] = {
		[CLEAT_CAUSE_NONE] = "",
		[CLEAT_CAUSE_CLEAN] = "clean",
		[CLEAT_CAUSE_FAILURE] = "failure",
		[CLEAT_CAUSE_SIGNAL] = "signal",
		[CLEAT_CAUSE_CORE] = "core",
		[CLEAT_CAUSE_OOM] = "oom",
		[CLEAT_CAUSE_MANUAL] = "manual",
		[CLEAT_CAUSE_UNHEALTHY] = "unhealthy",
		[CLEAT_CAUSE_REBOOT] = "reboot",
		[CLEAT_CAUSE_POWEROFF] = "poweroff",
		[CLEAT_CAUSE_START_FAILED] = "start-failed",
		[CLEAT_CAUSE_LOST] = "lost",
		[CLEAT_CAUSE_HOST_REBOOT] = "host-reboot",
	};

	return cause >= 0 && (size_t)cause < ARRAY_SIZE(names) ? names[cause] : "";
}

/* ---- the latest starts, for limits on how many in a time -------------------------------------------- */
enum { STARTS = 8 };

static void read_starts(const struct store_container *row, uint64_t out[STARTS])
{
	const char *at = row->starts;

	memset(out, 0, STARTS * sizeof(*out));
	for (size_t i = 0; at && *at && i < STARTS; i++) {
		char *end = NULL;

		out[i] = strtoull(at, &end, 10);
		at = end == at ? NULL : end;
	}
}

int restart_note_start(struct task *task)
{
	_cleanup_text_ struct text text = { 0 };
	uint64_t starts[STARTS];

	read_starts(&task->row, starts);
	text_printf(&text, "%" PRIi64, task->row.started_boot_ns);
	for (size_t i = 0; i + 1 < STARTS && starts[i]; i++)
		text_printf(&text, " %" PRIu64, starts[i]);
	return text.failed ? -ENOMEM : task_set_text(&task->row.starts, text.bytes);
}

/* ---- the question ---------------------------------------------------------------------------------- */
static bool is_new_boot(const struct task *task)
{
	return !text_eq(task->row.boot_id, task->all->env.boot_id);
}

static void fill_starts(const struct task *task, struct cleat_exit *out)
{
	uint64_t now = alarms_now(task->all->restarts->alarms);
	uint64_t starts[STARTS];

	read_starts(&task->row, starts);
	for (size_t i = 0; i < STARTS; i++)
		out->started_ago_ns[i] = !starts[i]        ? UINT64_MAX
					 : now > starts[i] ? now - starts[i]
							   : 0;
}

/* By the clock that nobody sets, when both ends of the run were seen in this boot. */
static uint64_t run_time(const struct task *task)
{
	const struct store_container *row = &task->row;
	int64_t ran = row->finished_boot_ns && row->started_boot_ns && !is_new_boot(task)
			      ? row->finished_boot_ns - row->started_boot_ns
			      : row->finished_at - row->started_at;

	return ran > 0 ? (uint64_t)ran : 0;
}

static void describe(struct task *task, int cause, bool daemon_start, struct cleat_exit *out)
{
	const struct store_container *row = &task->row;

	*out = (struct cleat_exit){
		.size = sizeof(*out),
		.cause = (uint32_t)cause,
		.code = (int32_t)row->exit_code,
		.signal = (int32_t)row->exit_signal,
		.ran_ns = run_time(task),
		.failures = (uint32_t)row->failures,
		.restarts = (uint32_t)(row->restart_count - row->budget_base),
		.stopped_by_user = row->manual != 0,
		.oom = row->exit_oom != 0,
		.daemon_start = daemon_start,
		.streak = (uint64_t)row->streak,
		.random = restarts_random(task->all->restarts),
		.start_errors = (uint32_t)row->start_errors,
		.permanent = task->start_hopeless,
		.new_boot = is_new_boot(task),
	};
	fill_starts(task, out);
}

static int ask(struct task *task, const struct cleat_exit *exit, struct cleat_decision *out,
	       struct cleat_error *err)
{
	const struct plugin *plugin = NULL;
	struct cleat_policy policy = { .size = sizeof(policy) };
	_cleanup_free_ void *settings = NULL;
	char name[32] = "";
	int r = registry_find(task->all->env.registry, "restart", NULL, &plugin, err);

	if (r == 0)
		r = use_restart_parse(plugin, task->row.policy, name, &policy, err);
	if (r == 0)
		r = restart_settings(task->all, task->config, NULL, 0, plugin, &settings, err);
	policy.settings = settings;
	return r < 0 ? r : use_restart_decide(plugin, &policy, exit, out, err);
}

/* ---- the answer ------------------------------------------------------------------------------------ */
static void set_moment(struct task *task, uint64_t delay_ns, bool daemon_start)
{
	struct store_container *row = &task->row;
	struct restarts *restarts = task->all->restarts;

	if (daemon_start)
		delay_ns += restarts_spread_delay(restarts);
	row->restart_boot = daemon_start;
	row->next_boot_ns = (int64_t)(alarms_now(restarts->alarms) + delay_ns);
	row->next_wall_ns = (int64_t)(clock_now(CLOCK_REALTIME) + delay_ns);
}

static void schedule(struct task *task, uint64_t delay_ns, bool daemon_start)
{
	struct store_container *row = &task->row;

	if (daemon_start)
		row->manual = 0; /* it comes back although it was stopped: that wish is used up */
	set_moment(task, delay_ns, daemon_start);
	row->restart_count++;
	row->attempt++;
	row->failures++;
	row->phase = TASK_RESTARTING;
}

void restart_new_boot(struct task *task)
{
	struct store_container *row = &task->row;

	row->failures = 0;
	(void)task_set_text(&row->starts, ""); /* out of memory: they count as made now */
	if (row->phase == TASK_RESTARTING)
		set_moment(task, 0, true);
}

static void take_note(struct task *task, const struct cleat_decision *decision)
{
	struct store_container *row = &task->row;

	if (decision->reset_failures)
		row->failures = 0;
	row->streak = (int64_t)decision->streak;
	if (task_set_text(&row->reason, decision->reason) < 0)
		log_line(CLEAT_WARN, "%.12s: out of memory, going on", row->id);
	task->restart_news = decision->restart   ? RESTART_SCHEDULED
			     : decision->give_up ? RESTART_GIVEN_UP
						 : RESTART_NOTHING;
}

void restart_decide(struct task *task, int cause, bool daemon_start)
{
	struct store_container *row = &task->row;
	struct cleat_exit exit = { 0 };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	row->next_boot_ns = row->next_wall_ns = row->restart_boot = 0;
	task->restart_news = RESTART_NOTHING;
	if (row->phase == TASK_REMOVING || row->phase == TASK_DEAD)
		return;
	row->cause = cause;
	row->phase = TASK_EXITED;
	/* Cancel beats policy (S63), and what has never run does not come back. */
	if (!row->started_before || (row->manual && !daemon_start) || !*row->policy)
		return;
	describe(task, cause, daemon_start, &exit);
	if (ask(task, &exit, &decision, &err) < 0) {
		log_line(CLEAT_ERROR, "%.12s: cannot decide about its restart: %s", row->id,
			 err.text);
		(void)task_set_text(&row->reason, err.text); /* out of memory: the log has it */
		return;
	}
	take_note(task, &decision);
	if (decision.restart)
		schedule(task, decision.delay_ns, daemon_start);
	log_line(daemon_start && !decision.restart ? CLEAT_DEBUG : CLEAT_INFO, "%.12s: %s: %s",
		 row->id, decision.restart ? "comes back" : "stays stopped", decision.reason);
}

/* As if the end had been judged by the new policy; a restart that stays wanted keeps its moment. */
void restart_decide_again(struct task *task)
{
	struct store_container *row = &task->row;
	struct cleat_exit exit = { 0 };
	struct cleat_decision decision = { .size = sizeof(decision) };
	struct cleat_error err = { 0 };

	if (row->phase != TASK_RESTARTING)
		return;
	row->generation++;
	describe(task, (int)row->cause, row->restart_boot != 0, &exit);
	if (ask(task, &exit, &decision, &err) < 0) {
		log_line(CLEAT_ERROR, "%.12s: cannot decide about its restart: %s", row->id,
			 err.text);
		return; /* it was wanted once */
	}
	(void)task_set_text(&row->reason, decision.reason); /* out of memory: the log has it */
	log_line(CLEAT_INFO, "%.12s: another policy, %s: %s", row->id,
		 decision.restart ? "still comes back" : "stays stopped", decision.reason);
	if (decision.restart)
		row->budget_base = row->restart_count - 1; /* this one is the first of its budget */
	else
		restart_cancel(task);
}

int task_restart_reset(struct task *task, struct cleat_error *err)
{
	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	restart_forgive(task);
	if (task->row.phase == TASK_RESTARTING) {
		task->row.next_boot_ns = (int64_t)alarms_now(task->all->restarts->alarms);
		task->row.next_wall_ns = (int64_t)clock_now(CLOCK_REALTIME);
	}
	int r = task_save(task, err);

	if (r == 0)
		restart_arm(task);
	return r;
}

/* Its end was judged, and has to be judged again later (gc.c). */
void restart_undo(struct task *task)
{
	struct store_container *row = &task->row;

	if (row->phase == TASK_RESTARTING) {
		row->restart_count--;
		row->attempt--;
		row->failures--;
	}
	if (row->streak > 0)
		row->streak--;
	row->next_boot_ns = row->next_wall_ns = row->restart_boot = 0;
	task->restart_news = RESTART_NOTHING;
}
