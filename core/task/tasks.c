/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.c - all containers: a list, looked up by id, name or unique prefix. */
#include "task/snapshots.h"
#include "task/task.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tasks_new(const struct tasks_env *env, struct tasks **out, struct cleat_error *err)
{
	struct tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		return cleat_fail(err, ENOMEM, "cannot keep containers: out of memory");
	tasks->env = *env;
	int r = restarts_new(tasks, &tasks->restarts, err);

	if (r < 0)
		free(tasks);
	else
		*out = tasks;
	return r;
}

void tasks_free(struct tasks *tasks)
{
	/* The process ends: its containers go on without us, and their memory goes with us. */
	restarts_free(tasks->restarts);
	free(tasks);
}

static bool visible(const struct task *task, const char *ns)
{
	return !task->creating && text_eq(task->row.ns, ns);
}

/* An exact id or name wins over a prefix, as docker looks names up. */
static struct task *exact(struct tasks *tasks, const char *ns, const char *what)
{
	for (struct task *task = tasks->first; task; task = task->next)
		if (visible(task, ns) && text_eq(task->row.id, what))
			return task;
	for (struct task *task = tasks->first; task; task = task->next)
		if (visible(task, ns) && text_eq(task->row.name, what))
			return task;
	return NULL;
}

int tasks_find(struct tasks *tasks, const char *ns, const char *what, struct task **out,
	       struct cleat_error *err)
{
	struct task *found = NULL;

	if (!*ns)
		ns = "default";
	if (*what == '/') /* docker shows names with a slash and takes them back */
		what++;
	if (!*what)
		return cleat_fail(err, EINVAL, "no container was named");
	found = exact(tasks, ns, what);
	for (struct task *task = found ? NULL : tasks->first; task; task = task->next) {
		if (!visible(task, ns) || !text_starts(task->row.id, what))
			continue;
		if (found)
			return cleat_fail(err, EINVAL,
					  "multiple IDs found with provided prefix: %s", what);
		found = task;
	}
	if (!found)
		return cleat_fail(err, ENOENT, "No such container: %s", what);
	*out = found;
	return 0;
}

struct task *tasks_by_name(struct tasks *tasks, const char *ns, const char *name)
{
	for (struct task *task = tasks->first; task; task = task->next)
		if (text_eq(task->row.ns, ns) && text_eq(task->row.name, name))
			return task;
	return NULL;
}

struct task *tasks_by_id(struct tasks *tasks, const char *ns, const char *id)
{
	for (struct task *task = tasks->first; task; task = task->next)
		if (text_eq(task->row.ns, ns) && text_eq(task->row.id, id))
			return task;
	return NULL;
}

bool tasks_busy(const struct tasks *tasks)
{
	if (tasks->snapshots && tasks->snapshots->removing)
		return true;
	for (const struct task *task = tasks->first; task; task = task->next)
		if (task->jobs.first || task->prepared || task->creating || task->stopping ||
		    task_phase_is_active((int)task->row.phase))
			return true;
	return false;
}
