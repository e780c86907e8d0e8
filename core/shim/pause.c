/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - Pause and Resume. */
#include "methods.h"

#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

static bool may_pause(const struct task *task, struct rpc_call *call)
{
	if (task->init.state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot pause a stopped container");
	else if (task->init.state == PROCESS_CREATED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot pause task in created state");
	else if (task->paused)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot pause a paused container");
	else
		return true;
	return false;
}

void method_pause(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__PauseRequest *in =
		(const Containerd__Task__V2__PauseRequest *)request;
	Containerd__Events__TaskPaused event = CONTAINERD__EVENTS__TASK_PAUSED__INIT;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task || !may_pause(task, call))
		return;
	if (use_runtime_pause(task->box, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	task->paused = true;
	event.container_id = task->id;
	publish(task->shim->publisher, "/tasks/paused", &event.base);
	rpc_reply(call, NULL);
}

static bool may_resume(const struct task *task, struct rpc_call *call)
{
	if (task->init.state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot resume a stopped container");
	else if (task->init.state == PROCESS_CREATED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot resume task in created state");
	else if (!task->paused)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot resume a running process");
	else
		return true;
	return false;
}

void method_resume(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__ResumeRequest *in =
		(const Containerd__Task__V2__ResumeRequest *)request;
	Containerd__Events__TaskResumed event = CONTAINERD__EVENTS__TASK_RESUMED__INIT;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task || !may_resume(task, call))
		return;
	if (use_runtime_resume(task->box, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	task->paused = false;
	event.container_id = task->id;
	publish(task->shim->publisher, "/tasks/resumed", &event.base);
	rpc_reply(call, NULL);
}
