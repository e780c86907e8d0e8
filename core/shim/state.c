/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - State: what a process is doing now. */
#include "methods.h"

#include "rpc/pb/task.pb-c.h"

/* Frozen or not is the kernel's to say: somebody else may have frozen it. */
static Containerd__Types__Status frozen_or(const struct task *task,
					   Containerd__Types__Status otherwise)
{
	struct cleat_state state = { 0 };
	struct cleat_error err = { 0 };

	if (use_runtime_state(task->box, &state, &err) < 0)
		return task->paused ? CONTAINERD__TYPES__STATUS__PAUSED : otherwise;
	if (state.status == CLEAT_PAUSED)
		return CONTAINERD__TYPES__STATUS__PAUSED;
	if (state.status == CLEAT_PAUSING)
		return CONTAINERD__TYPES__STATUS__PAUSING;
	return otherwise;
}

static Containerd__Types__Status status_of(const struct process *process)
{
	switch (process->state) {
	case PROCESS_STOPPED:
		return CONTAINERD__TYPES__STATUS__STOPPED;
	case PROCESS_RUNNING:
		return frozen_or(process->task, CONTAINERD__TYPES__STATUS__RUNNING);
	case PROCESS_CREATED:
		break;
	}
	return CONTAINERD__TYPES__STATUS__CREATED;
}

void method_state(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__StateRequest *in =
		(const Containerd__Task__V2__StateRequest *)request;
	Containerd__Task__V2__StateResponse answer = CONTAINERD__TASK__V2__STATE_RESPONSE__INIT;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);
	Google__Protobuf__Timestamp at;

	if (!process)
		return;
	bool is_init = process == &process->task->init;

	answer.id = is_init ? process->task->id : process->exec_id;
	answer.bundle = process->task->bundle;
	answer.pid = (uint32_t)process->pid;
	answer.status = status_of(process);
	answer.stdin = process->in;
	answer.stdout = process->out;
	answer.stderr = process->err;
	answer.terminal = process->terminal;
	/* an exec that could not start stays created: its status is for who waits */
	answer.exit_status = process->state == PROCESS_STOPPED ? process->ending.status : 0;
	method_time(&at, process->ending.at_ns);
	answer.exited_at = &at;
	rpc_reply(call, &answer.base);
}
