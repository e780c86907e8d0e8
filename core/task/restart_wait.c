/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart_wait.c - from a decision to the start: the wait, the way in, the start, and what if that fails.
 *
 * What a user wants meanwhile raises the container's generation: a start that was queued for an older
 * one ends without having done anything.
 */
#include "task/depend.h"
#include "task/events.h"
#include "task/restarts.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/log.h"
#include "plugin/registry.h"
#include "use/use.h"

#include <errno.h>
#include <string.h>

/* ---- the manager ------------------------------------------------------------------------------------ */
static struct use_managers managers(struct tasks *tasks)
{
	const struct plugin *plugin = NULL;
	struct cleat_error ignored = { 0 };

	(void)registry_find(tasks->env.registry, "restart", NULL, &plugin, &ignored);
	return use_restart_managers(plugin, &restart_core_ops, &tasks->restarts->core);
}

/* Each container has one, made when it is first needed. */
static struct cleat_restart_manager *manager_of(struct task *task, struct cleat_error *err)
{
	struct use_managers table = managers(task->all);
	struct cleat_policy policy = { .size = sizeof(policy), .name = task->row.policy };

	if (task->manager)
		return task->manager;
	if (table.ops->manager_new(table.self, &policy, (uint32_t)task->row.failures,
				   &task->manager, err) < 0)
		task->manager = NULL;
	if (!task->manager && !err->errnum)
		(void)cleat_fail(err, EIO,
				 "the restart plugin makes no manager, and says no reason");
	return task->manager;
}

void restart_policy_changed(struct task *task)
{
	struct cleat_policy policy = { .size = sizeof(policy), .name = task->row.policy };
	struct cleat_error err = { 0 };

	if (task->manager &&
	    managers(task->all).ops->manager_set_policy(task->manager, &policy, &err) < 0)
		log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, err.text);
}

/* No wait any more, and no turn. */
static void forget(struct task *task)
{
	if (task->manager)
		(void)managers(task->all).ops->manager_cancel(task->manager);
	depend_cancel(&task->depend);
	if (task->ticket.waiting)
		admission_leave(&task->all->restarts->admission, &task->ticket);
}

void restart_release(struct task *task)
{
	if (!task->all || !task->all->restarts)
		return;
	forget(task);
	admission_leave(&task->all->restarts->admission, &task->ticket);
	if (task->manager)
		managers(task->all).ops->manager_unref(task->manager);
	task->manager = NULL;
}

/* ---- the start -------------------------------------------------------------------------------------- */

/* Will it fail again in the same way? Memory, pids, disks and ports come back; a program does not. */
static bool is_hopeless(int exit_code, const struct cleat_error *err)
{
	if (exit_code == 126 || exit_code == 127)
		return true;
	switch (err->errnum) {
	case ENOENT:
	case EINVAL:
	case ENOTSUP:
	case ENOEXEC:
	case ENOTDIR:
	case EACCES:
	case EPERM:
		return true;
	default:
		return false;
	}
}

static void start_failed(struct task *task, int exit_code, const struct cleat_error *err)
{
	struct store_container *row = &task->row;
	struct cleat_error failure = { 0 };

	log_line(CLEAT_WARN, "%.12s: cannot start it again: %s", row->id, err->text);
	row->exit_code = exit_code ? exit_code : 128;
	row->exit_signal = row->exit_core = row->exit_oom = row->oom_kills = 0;
	row->finished_at = row->started_at = (int64_t)clock_now(CLOCK_REALTIME);
	row->finished_boot_ns = row->started_boot_ns = (int64_t)clock_now(CLOCK_BOOTTIME);
	row->start_errors++;
	task->start_hopeless = is_hopeless(exit_code, err);
	(void)task_set_text(&row->error, err->text); /* the log has it */
	restart_decide(task, CLEAT_CAUSE_START_FAILED, false);
	if (task_save(task, &failure) < 0)
		log_line(CLEAT_ERROR, "%.12s: %s", row->id, failure.text);
	restart_arm(task);
	task_wake(task, true);
}

static void came_back(void *arg, int exit_code, const struct cleat_error *err)
{
	struct task *task = arg;

	admission_leave(&task->all->restarts->admission, &task->ticket);
	if (!err->errnum)
		task->row.start_errors = 0; /* saved with its end */
	else if (err->errnum != ECANCELED && !task->gone && task->row.phase == TASK_RESTARTING)
		start_failed(task, exit_code, err);
	restarts_pump(task->all->restarts);
	task_unpin(task);
}

static void admitted(void *arg)
{
	struct task *task = arg;
	struct task_prepare how = { .automatic = true, .generation = task->row.generation };
	struct cleat_error err = { 0 };

	fail_point("restart-due");
	task_pin(task);
	if (task_start_whole(task, &how, came_back, task, &err) < 0)
		came_back(task, 0, &err);
}

static void line_up(struct task *task)
{
	struct restarts *restarts = task->all->restarts;

	task->ticket.go = admitted;
	task->ticket.arg = task;
	admission_join(&restarts->admission, &task->ticket, task->row.restart_boot != 0,
		       alarms_now(restarts->alarms));
	restarts_pump(restarts);
}

/* Those that it comes after are there, or what it requires cannot be had. */
static void allowed(void *arg, const struct cleat_error *err)
{
	struct task *task = arg;

	task->depend = NULL;
	if (task->gone || task->row.phase != TASK_RESTARTING)
		return;
	if (err->errnum)
		start_failed(task, 0, err);
	else
		line_up(task);
}

static void waited(void *arg, bool cancelled)
{
	struct task *task = arg;
	struct cleat_error err = { 0 };

	if (cancelled || task->gone || task->row.phase != TASK_RESTARTING)
		return;
	depend_cancel(&task->depend);
	int r = depend_wait(task, allowed, task, &task->depend, &err);

	if (r != 0)
		allowed(task, &err);
}

/* S61 */
int restart_later(void *arg, const char *id, uint64_t delay_ns, int32_t code,
		  struct cleat_error *err)
{
	struct tasks *tasks = arg;
	struct task *task = tasks->first;

	(void)code; /* the row has it */
	while (task && strcmp(task->row.id, id) != 0)
		task = task->next;
	struct cleat_restart_manager *manager =
		task ? manager_of(task, err) : (cleat_fail(err, ENOENT, "no such container"), NULL);

	if (!manager)
		return -err->errnum;
	int r = managers(tasks).ops->manager_wait_cancel(manager, delay_ns, waited, task, err);

	if (r < 0 && !err->errnum)
		(void)cleat_fail(err, -r, "the restart plugin does not wait, and says no reason");
	return r;
}

/* ---- the wait --------------------------------------------------------------------------------------- */
static void tell(struct task *task)
{
	const struct store_container *row = &task->row;
	enum restart_news news = task->restart_news;

	task->restart_news = RESTART_NOTHING;
	if (news == RESTART_SCHEDULED)
		task_event(task, "restart-scheduled", "reason", row->reason, "exitCode",
			   event_number(row->exit_code).text, "attempt",
			   event_number(row->restart_count).text, "at",
			   event_number(row->next_wall_ns).text, NULL);
	else if (news == RESTART_GIVEN_UP)
		task_event(task, "restart-giveup", "reason", row->reason, "exitCode",
			   event_number(row->exit_code).text, NULL);
}

void restart_arm(struct task *task)
{
	struct restarts *restarts = task->all->restarts;
	uint64_t now = alarms_now(restarts->alarms);
	uint64_t at = (uint64_t)task->row.next_boot_ns;
	struct cleat_error err = { 0 };

	tell(task);
	forget(task);
	if (task->row.phase != TASK_RESTARTING)
		return;
	if (restart_later(task->all, task->row.id, at > now ? at - now : 0,
			  (int32_t)task->row.exit_code, &err) == 0)
		return;
	/* A restart that was decided is made: admission holds it back, should all come so. */
	log_line(CLEAT_ERROR, "%.12s: cannot wait for its restart, so it comes now: %s",
		 task->row.id, err.text);
	waited(task, false);
}

void restart_cancel(struct task *task)
{
	if (task->row.phase == TASK_RESTARTING)
		task_event(task, "restart-cancel", NULL);
	forget(task);
	task->row.generation++;
	task->row.next_boot_ns = task->row.next_wall_ns = task->row.restart_boot = 0;
	if (task->row.phase == TASK_RESTARTING)
		task->row.phase = TASK_EXITED;
}

void restart_skip_wait(struct task *task)
{
	forget(task);
	task->row.generation++;
}

void restart_forgive(struct task *task)
{
	struct store_container *row = &task->row;

	row->failures = row->streak = row->start_errors = 0;
	(void)task_set_text(&row->starts, ""); /* out of memory: the limit is forgiven later */
	row->budget_base = row->restart_count;
}

void restart_reset(struct task *task)
{
	struct store_container *row = &task->row;

	forget(task);
	restart_forgive(task);
	row->generation++;
	row->manual = row->killed_for = 0;
	row->restart_count = row->budget_base = 0;
	row->next_boot_ns = row->next_wall_ns = row->restart_boot = 0;
}
