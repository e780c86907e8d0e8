/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.c - when a health check is run, what its results mean, and what follows: docker's rules.
 *
 * `retries` failures in a row make a container unhealthy, one success makes it healthy. Until the first
 * success, failures within the start period do not count.
 */
#include "health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/file_atomic.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/text.h"

static void due(void *arg);

const char *health_status_name(enum health_status status)
{
	static const char *const names[] = { "starting", "healthy", "unhealthy" };

	return names[status];
}

/* ---- the plan --------------------------------------------------------------------------------------- */
static int read_plan(const struct json *root, struct health_plan *out, struct cleat_error *err)
{
	static const char *const actions[] = { "none", "stop", "kill", "restart" };
	const char *process = NULL;
	const char *action = "none";
	int64_t signal = SIGTERM;
	const struct {
		const char *key;
		uint64_t *to;
	} times[] = {
		{ "interval", &out->interval_ns },
		{ "timeout", &out->timeout_ns },
		{ "start_period", &out->start_period_ns },
		{ "start_interval", &out->start_interval_ns },
	};
	int r = json_get_text(root, "process", &process, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(times); i++)
		r = json_get_u64(root, times[i].key, times[i].to, err);
	if (r < 0 || json_get_u32(root, "retries", &out->retries, err) < 0 ||
	    json_get_text(root, "action", &action, err) < 0 ||
	    json_get_i64(root, "stop_signal", &signal, err) < 0 ||
	    json_get_i64(root, "stop_timeout", &out->stop_timeout_s, err) < 0)
		return -err->errnum;
	if (!process || !out->interval_ns || !out->timeout_ns || !out->retries || signal < 1 ||
	    signal > 64)
		return cleat_fail(err, EINVAL, "health has no process, or no sensible times");
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (text_eq(action, actions[i]))
			out->action = actions[i];
	out->stop_signal = (int)signal;
	out->process = strdup(process);
	return out->process && out->action ? 0 : cleat_fail(err, EINVAL, "health.action");
}

/* ---- the wish that it ends ---------------------------------------------------------------------------- */
/*
 * Written before the signal: when this shim dies, too, the next one knows why the container ends, and ends it
 * if it has not. The bundle is of one life, and so is this.
 */
#define WISH "unhealthy"

static void write_wish(const struct health *health)
{
	const char *action = health->plan.action;
	struct cleat_error err = { 0 };

	if (file_replace(health->task->bundle_fd, WISH, action, strlen(action), 0600, false, &err) <
	    0)
		log_line(CLEAT_WARN, "%.12s: %s, going on", health->task->id, err.text);
}

static bool has_wish(const struct task *task)
{
	return faccessat(task->bundle_fd, WISH, F_OK, 0) == 0;
}

int health_open(struct task *task, const struct facts *facts, struct health **out,
		struct cleat_error *err)
{
	const struct json *root = facts->doc ? json_get(json_root(facts->doc), "health") : NULL;
	struct health *health = NULL;

	if (!root)
		return 0;
	health = calloc(1, sizeof(*health));
	if (!health)
		return cleat_fail(err, ENOMEM, "out of memory");
	health->task = task;
	health->out_fd = -1;
	if (read_plan(root, &health->plan, err) < 0) {
		health_free(health);
		return cleat_wrap(err, "cannot read cleat.json");
	}
	health->acting = has_wish(task);
	*out = health;
	return 0;
}

void health_free(struct health *health)
{
	if (!health)
		return;
	health_end(health);
	for (size_t i = 0; i < health->nlog; i++)
		free(health->log[i].output);
	free(health->plan.process);
	free(health);
}

/* ---- what follows ------------------------------------------------------------------------------------ */
static void send_signal(struct health *health, int signal, bool everyone)
{
	struct task *task = health->task;
	struct cleat_error err = { 0 };

	if (use_runtime_kill(task->box, signal, everyone, &err) == 0)
		task->init.killed_by = signal;
	else
		log_line(CLEAT_WARN, "%.12s: cannot end it for its health: %s", task->id, err.text);
	/* A frozen one would not notice. */
	if (task->paused && use_runtime_resume(task->box, &err) == 0)
		task->paused = false;
}

static void kill_it(void *arg)
{
	struct health *health = arg;

	loop_unwatchp(&health->killer);
	send_signal(health, SIGKILL, true);
}

static void act(struct health *health)
{
	const struct health_plan *plan = &health->plan;
	bool at_once = text_eq(plan->action, "kill") || plan->stop_timeout_s == 0;
	struct cleat_error err = { 0 };

	if (text_eq(plan->action, "none") || health->acting)
		return;
	health->acting = true;
	write_wish(health);
	fail_point("shim-unhealthy");
	log_line(CLEAT_INFO, "%.12s: unhealthy: on-unhealthy says %s", health->task->id,
		 plan->action);
	if (at_once) {
		send_signal(health, SIGKILL, true);
		fail_point("shim-unhealthy-sent");
		return;
	}
	send_signal(health, plan->stop_signal, false);
	fail_point("shim-unhealthy-sent");
	if (plan->stop_timeout_s > 0 &&
	    loop_watch_timer(health->task->shim->loop, (uint64_t)plan->stop_timeout_s * NS_PER_S,
			     kill_it, health, &health->killer, &err) < 0)
		kill_it(health);
}

/* ---- the verdict ------------------------------------------------------------------------------------- */
static bool in_start_period(const struct health *health)
{
	return health->status == HEALTH_STARTING &&
	       clock_now(CLOCK_BOOTTIME) - health->started_boot < health->plan.start_period_ns;
}

static void judge(struct health *health, int code)
{
	enum health_status before = health->status;

	if (code == 0) {
		health->streak = 0;
		health->status = HEALTH_HEALTHY;
	} else if (!in_start_period(health)) {
		health->streak++;
		if (health->streak >= health->plan.retries)
			health->status = HEALTH_UNHEALTHY;
	}
	health_note(health, code);
	health_write(health);
	if (health->status == before)
		return;
	health_tell(health);
	if (health->status == HEALTH_UNHEALTHY)
		act(health);
}

static void again(struct health *health)
{
	const struct health_plan *plan = &health->plan;
	uint64_t wait = in_start_period(health) && plan->start_interval_ns ? plan->start_interval_ns
									   : plan->interval_ns;
	struct cleat_error err = { 0 };

	loop_unwatchp(&health->timer);
	if (loop_watch_timer(health->task->shim->loop, wait, due, health, &health->timer, &err) < 0)
		log_line(CLEAT_ERROR, "%.12s: no more health checks: %s", health->task->id,
			 err.text);
}

/* The kernel kills the check first, and then the container's first process is one that has ended. */
static bool is_dying(const struct task *task)
{
	struct process_stat stat;

	return process_stat(task->init.pid, &stat) < 0 || stat.exiting;
}

static void ended(struct health *health, int code)
{
	health_probe_end(health);
	health->pid = 0;
	if (code != 0 && is_dying(health->task))
		return; /* that is why it failed: no verdict, and no other check */
	judge(health, code);
	if (health->task->init.state == PROCESS_RUNNING)
		again(health);
}

static void too_long(void *arg)
{
	struct health *health = arg;

	loop_unwatchp(&health->timer);
	health->timed_out = true;
	/*
	 * It leads a process group (the runtime gives it a session), so that what it started goes with
	 * it: else each check that hangs would leave some of it in the container, until there are too
	 * many. Both are ours until it is reaped.
	 */
	(void)kill(-health->pid, SIGKILL);
	(void)kill(health->pid, SIGKILL);
}

static void due(void *arg)
{
	struct health *health = arg;
	struct cleat_error err = { 0 };
	int code = 0;

	loop_unwatchp(&health->timer);
	if (health->task->paused || health->acting) {
		again(health);
	} else if (!health_probe(health, &code)) {
		ended(health, code);
	} else if (loop_watch_timer(health->task->shim->loop, health->plan.timeout_ns, too_long,
				    health, &health->timer, &err) < 0) {
		too_long(health);
	}
}

/* ---- its life ---------------------------------------------------------------------------------------- */
void health_start(struct health *health)
{
	if (!health)
		return;
	health->started_boot = clock_now(CLOCK_BOOTTIME);
	if (health->acting) { /* the last shim was about to */
		health->acting = false;
		health->status = HEALTH_UNHEALTHY;
		act(health);
	}
	health_write(health);
	again(health);
}

void health_end(struct health *health)
{
	if (!health)
		return;
	loop_unwatchp(&health->timer);
	loop_unwatchp(&health->killer);
	health_probe_end(health);
}

static int code_of(const struct health *health, const siginfo_t *info)
{
	if (health->timed_out)
		return -1;
	return info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;
}

bool health_reaped(struct shim *shim, int32_t pid, const siginfo_t *info)
{
	for (struct task *task = shim->tasks; task; task = task->next) {
		struct health *health = task->health;

		if (!health || health->pid != pid)
			continue;
		loop_unwatchp(&health->timer);
		if (task->init.state == PROCESS_RUNNING)
			ended(health, code_of(health, info));
		else
			health_probe_end(health);
		health->pid = 0;
		return true;
	}
	return false;
}
