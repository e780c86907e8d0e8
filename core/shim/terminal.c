/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - ResizePty and CloseIO: what a client does to a stream; both may come twice, or early. */
#include "adopt.h"
#include "methods.h"

#include "rpc/pb/task.pb-c.h"

void method_resize(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__ResizePtyRequest *in =
		(const Containerd__Task__V2__ResizePtyRequest *)request;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);
	struct cleat_error err = { 0 };

	if (!process)
		return;
	/* of init it is no mistake: clients resize until they hear of the end */
	if (process->state == PROCESS_STOPPED && *process->exec_id) {
		rpc_fail_code(call, RPC_UNKNOWN, "cannot resize a stopped container");
		return;
	}
	if (in->height > UINT16_MAX || in->width > UINT16_MAX) {
		rpc_fail_code(call, RPC_INVALID_ARGUMENT, "a terminal of %u x %u is too large",
			      in->width, in->height);
		return;
	}
	adopt_console(process->task);
	process->rows = (uint16_t)in->height;
	process->columns = (uint16_t)in->width;
	if (process->stream &&
	    use_io_resize(process->stream, process->rows, process->columns, &err) < 0)
		rpc_fail(call, &err);
	else
		rpc_reply(call, NULL);
}

void method_close_io(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__CloseIORequest *in =
		(const Containerd__Task__V2__CloseIORequest *)request;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);
	struct cleat_error err = { 0 };

	if (!process)
		return;
	process->stdin_closed |= in->stdin;
	if (process->task->shim->engine && process == &process->task->init)
		adopt_record_write(process->task);
	if (in->stdin && process->stream && use_io_close_stdin(process->stream, &err) < 0)
		rpc_fail(call, &err);
	else
		rpc_reply(call, NULL);
}
