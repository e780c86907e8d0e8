/* SPDX-License-Identifier: Apache-2.0 */
/* rename.c - cleat rename: the name lives in the database alone. */
#include "service/answer.h"

#include "base/fail.h"
#include "base/text.h"
#include "task/depend.h"
#include "task/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int rename_to(struct task *task, const char *name, struct cleat_error *err)
{
	const struct task *other = tasks_by_name(task->all, task->row.ns, name);
	char *before = task->row.name;

	if (!text_is_name(name))
		return cleat_fail(
			err, EINVAL,
			"Invalid container name (%.200s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are "
			"allowed",
			name);
	if (other == task)
		return cleat_fail(err, EINVAL,
				  "Renaming a container with the same name as its current name");
	if (other)
		return cleat_fail(
			err, EEXIST,
			"Conflict. The container name \"/%s\" is already in use by container "
			"\"%s\". You have to remove (or rename) that container to be able to "
			"reuse that name.",
			name, other->row.id);
	/* Others may wait for whoever has that name. */
	if (depend_check_loop(task->all, task->row.ns, name, task->config, err) < 0)
		return cleat_wrap(err, "cannot rename container %s", before);
	task->row.name = strdup(name);
	int r = task->row.name ? task_save(task, err)
			       : cleat_fail(err, ENOMEM, "cannot rename: out of memory");

	fail_point("rename-saved");
	if (r < 0) {
		free(task->row.name);
		task->row.name = before;
	} else {
		task_event(task, "rename", "oldName", before, NULL);
		free(before);
	}
	return r;
}

void service_rename(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__RenameRequest *request = (const void *)message;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!task)
		return;
	int r = rename_to(task, request->name + (*request->name == '/'), &err);
	struct answer *answer = r < 0 ? NULL : answer_new(arg, call, task);

	if (r < 0)
		rpc_fail(call, &err);
	else if (answer)
		answer_id(answer, &err);
}
