/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c - a terminal's size, and the end of standard input: no state, so no job. */
#include "task/spare.h"
#include "task/task.h"

#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>

struct request {
	task_done done;
	void *arg;
};

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct request *request = arg;

	(void)reply;
	request->done(request->arg, err);
	free(request);
}

static int send(struct task *task, const char *method, const ProtobufCMessage *message,
		task_done done, void *arg, struct cleat_error *err)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return cleat_fail(err, ENOMEM, "cannot ask container %s: out of memory",
				  task_label(task));
	request->done = done;
	request->arg = arg;
	int r = task->shim
			? shim_call(task->shim, method, message,
				    &google__protobuf__empty__descriptor, answered, request, err)
			: cleat_fail(err, EBUSY, "container %s is not running", task_label(task));

	if (r < 0)
		free(request);
	return r;
}

int task_resize(struct task *task, const char *exec_id, uint32_t rows, uint32_t columns,
		task_done done, void *arg, struct cleat_error *err)
{
	Containerd__Task__V2__ResizePtyRequest request =
		CONTAINERD__TASK__V2__RESIZE_PTY_REQUEST__INIT;

	request.id = task->row.id;
	request.exec_id = (char *)(uintptr_t)exec_id;
	request.height = rows;
	request.width = columns;
	return send(task, "ResizePty", &request.base, done, arg, err);
}

int task_close_stdin(struct task *task, const char *exec_id, task_done done, void *arg,
		     struct cleat_error *err)
{
	Containerd__Task__V2__CloseIORequest request = CONTAINERD__TASK__V2__CLOSE_IOREQUEST__INIT;

	request.id = task->row.id;
	request.exec_id = (char *)(uintptr_t)exec_id;
	request.stdin = true;
	if (!*exec_id)
		spare_release_input(task);
	return send(task, "CloseIO", &request.base, done, arg, err);
}
