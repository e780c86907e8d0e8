/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_check.c - ask each snapshotter at daemon start whether it can work on our filesystem.
 *
 * In the background: a daemon that only lists containers need not wait for it. A plugin that cannot
 * refuses new containers with its own sentence, and the daemon goes on.
 */
#include "task/snapshots.h"

#include "base/clock.h"
#include "base/log.h"
#include "plugin/registry.h"
#include "task/snapshot_op.h"
#include "task/tasks.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_S = 30 };

struct refusal {
	char *plugin;
	struct cleat_error why;
	struct refusal *next;
};

struct question {
	struct tasks *tasks;
	char *plugin;
};

static void question_free(struct question *question)
{
	free(question->plugin);
	free(question);
}

static int run_check(const struct plugin *plugin, struct cleat_snapshot *snap, int socket,
		     struct text *out, struct cleat_error *err)
{
	const struct cleat_snapshotter_ops *ops = plugin->desc.ops;

	(void)socket;
	(void)out;
	return ops->check ? use_snapshotter_check(plugin, snap, err) : 0;
}

static void answered(void *arg, char *bytes, size_t len, const struct cleat_error *err)
{
	struct question *question = arg;
	struct snapshots *snapshots = question->tasks->snapshots;
	struct refusal *refusal = NULL;

	(void)bytes;
	(void)len;
	if (err->errnum) {
		log_line(CLEAT_ERROR, "%s", err->text);
		refusal = calloc(1, sizeof(*refusal));
	}
	if (refusal) {
		refusal->plugin = take_ptr(question->plugin);
		refusal->why = *err;
		refusal->next = snapshots->refusals;
		snapshots->refusals = refusal;
	}
	question_free(question);
}

static void ask(struct tasks *tasks, const char *plugin)
{
	struct question *question = calloc(1, sizeof(*question));
	struct store_snapshot none = { 0 };
	struct cleat_error err = { 0 };

	if (question)
		*question = (struct question){ .tasks = tasks, .plugin = strdup(plugin) };
	if (!question || !question->plugin) {
		free(question);
		return; /* then the first container finds out */
	}
	none.plugin = question->plugin;
	if (snapshot_op_start(tasks, &none, "check a snapshotter", run_check, -1,
			      LIMIT_S * NS_PER_S, answered, question, &err) < 0)
		answered(question, NULL, 0, &err);
}

void snapshots_check(struct tasks *tasks)
{
	for (size_t i = 0; i < registry_count(tasks->env.registry); i++) {
		const struct plugin *plugin = registry_at(tasks->env.registry, i);

		if (!plugin->refused && plugin->self &&
		    strcmp(plugin->desc.type, "snapshotter") == 0)
			ask(tasks, plugin->desc.name);
	}
}

int snapshots_refused(const struct tasks *tasks, const char *plugin, struct cleat_error *err)
{
	const struct refusal *refusal = tasks->snapshots ? tasks->snapshots->refusals : NULL;

	for (; refusal; refusal = refusal->next)
		if (strcmp(refusal->plugin, plugin) == 0) {
			*err = refusal->why;
			return -err->errnum;
		}
	return 0;
}
