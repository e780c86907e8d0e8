/* SPDX-License-Identifier: Apache-2.0 */
/* attach.c - ask a container's shim for a way to its streams; docker's texts where it does not run. */
#include "task/task.h"

#include "base/text.h"
#include "rpc/pb/shim.pb-c.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

struct attach {
	struct task *task;
	task_attach_done done;
	void *arg;
};

static int check(const struct task *task, struct cleat_error *err)
{
	if (task->row.phase == TASK_PAUSED)
		return cleat_fail(err, EBUSY,
				  "You cannot attach to a paused container, unpause it first");
	if (task->row.phase == TASK_RESTARTING)
		return cleat_fail(err, EBUSY,
				  "You cannot attach to a restarting container, wait until it is "
				  "running");
	if (!task->shim || (task->row.phase != TASK_RUNNING && !task->prepared))
		return cleat_fail(err, EBUSY,
				  "You cannot attach to a stopped container, start it first");
	if (task->foreign)
		return cleat_fail(err, ENOTSUP,
				  "cannot attach to container %s: its shim is not ours",
				  task_label(task));
	return 0;
}

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct attach *attach = arg;
	const Cleat__Shim__V1__AttachResponse *response = (const void *)reply;
	struct cleat_error why = *err;
	_cleanup_free_ char *path =
		response ? text_format("%s/%s", attach->task->bundle, response->socket) : NULL;

	if (response && !path)
		(void)cleat_fail(&why, ENOMEM, "cannot attach: out of memory");
	else if (!response)
		(void)cleat_wrap(&why, "cannot attach to container %s", task_label(attach->task));
	attach->done(attach->arg, path ? path : "", response && response->terminal,
		     response && response->input, &why);
	task_unpin(attach->task);
	free(attach);
}

int task_attach(struct task *task, task_attach_done done, void *arg, struct cleat_error *err)
{
	Cleat__Shim__V1__AttachRequest request = CLEAT__SHIM__V1__ATTACH_REQUEST__INIT;
	int r = check(task, err);
	struct attach *attach = r < 0 ? NULL : calloc(1, sizeof(*attach));

	if (r < 0)
		return r;
	if (!attach)
		return cleat_fail(err, ENOMEM, "cannot attach: out of memory");
	*attach = (struct attach){ .task = task, .done = done, .arg = arg };
	request.id = task->row.id;
	r = shim_call_own(task->shim, "Attach", &request.base,
			  &cleat__shim__v1__attach_response__descriptor, answered, attach, err);
	if (r < 0)
		free(attach);
	else
		task_pin(task);
	return r;
}
