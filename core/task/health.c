/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - hand the check to the shim, and remember its verdict. */
#include "task/health.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/text.h"
#include "spec/spec.h"
#include "task/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

/* docker's defaults */
enum { INTERVAL_S = 30, TIMEOUT_S = 30, RETRIES = 3, START_INTERVAL_S = 5 };

static const char *const names[] = { "", "starting", "healthy", "unhealthy" };

bool health_is_checked(const container_config *config)
{
	return config->health && config->health->n_test > 1;
}

static void set(struct task *task, const char *status)
{
	task->health = 0;
	for (unsigned i = 1; i < ARRAY_SIZE(names); i++)
		if (text_eq(names[i], status))
			task->health = i;
}

static bool is_up(const struct task *task)
{
	return task->row.phase == TASK_RUNNING || task->row.phase == TASK_PAUSED;
}

char *health_json(const struct task *task)
{
	static const char first[] = "{\"Status\":\"starting\",\"FailingStreak\":0,\"Log\":[]}";
	struct cleat_error ignored = { 0 };
	char *text = NULL;

	if (!health_is_checked(task->config))
		return NULL;
	if (bundle_read(task->bundle, "health.json", &text, &ignored) == 0)
		return text;
	return is_up(task) ? strdup(first) : NULL; /* its first check is not over */
}

/* Of a container that another daemon started: the shim has written it down. */
static void learn(struct task *task)
{
	_cleanup_free_ char *text = health_json(task);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };
	const char *status = "starting";

	if (text && json_parse(text, strlen(text), &doc, &ignored) == 0)
		(void)json_get_text(json_root(doc), "Status", &status, &ignored);
	set(task, status);
}

const char *health_of(struct task *task)
{
	if (!health_is_checked(task->config) || !is_up(task))
		return "";
	if (!task->health)
		learn(task);
	return names[task->health];
}

void health_begin(struct task *task)
{
	set(task, health_is_checked(task->config) ? "starting" : "");
}

void health_told(struct task *task, const char *status)
{
	_cleanup_free_ char *action = text_format("health_status: %s", status);

	set(task, status);
	task_event(task, action ? action : "health_status", NULL);
}

/* ---- the plan ---------------------------------------------------------------------------------------- */
static char *process_of(const struct task *task, const char *config, struct cleat_error *err)
{
	static const char *const shell[] = { "/bin/sh", "-c" };
	const Cleat__V1__Health *health = task->config->health;
	_cleanup_strings_ struct strings args = { 0 };
	char *process = NULL;
	int r = 0;

	if (text_eq(health->test[0], "CMD-SHELL"))
		for (size_t i = 0; r == 0 && i < ARRAY_SIZE(shell); i++)
			r = strings_add(&args, shell[i]);
	for (size_t i = 1; r == 0 && i < health->n_test; i++)
		r = strings_add(&args, health->test[i]);
	struct spec_exec exec = { .args = (const char *const *)args.item };

	if (r < 0)
		(void)cleat_fail(err, ENOMEM, "cannot check its health: out of memory");
	else
		(void)spec_exec_process(config, &exec, &process, err);
	return process;
}

static void pair_ns(struct json_out *o, const char *key, int64_t ns, uint64_t fallback)
{
	json_out_pair_u64(o, key, ns > 0 ? (uint64_t)ns : fallback);
}

int health_write_plan(const struct task *task, const char *config, struct json_out *o,
		      struct cleat_error *err)
{
	const Cleat__V1__Health *health = task->config->health;

	if (!health_is_checked(task->config))
		return 0;
	_cleanup_free_ char *process = process_of(task, config, err);

	if (!process)
		return -err->errnum;
	json_out_key(o, "health");
	json_out_object(o);
	json_out_pair_text(o, "process", process);
	pair_ns(o, "interval", health->interval_ns, INTERVAL_S * NS_PER_S);
	pair_ns(o, "timeout", health->timeout_ns, TIMEOUT_S * NS_PER_S);
	pair_ns(o, "start_period", health->start_period_ns, 0);
	pair_ns(o, "start_interval", health->start_interval_ns,
		health->start_period_ns > 0 ? START_INTERVAL_S * NS_PER_S : 0);
	json_out_pair_u64(o, "retries", health->retries ? health->retries : RETRIES);
	json_out_pair_text(o, "action",
			   *task->config->on_unhealthy ? task->config->on_unhealthy : "none");
	json_out_pair_i64(o, "stop_signal", task_stop_signal(task));
	json_out_pair_i64(o, "stop_timeout", task_stop_timeout(task));
	json_out_object_end(o);
	return 0;
}
