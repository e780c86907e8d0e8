/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - Wait: an answer when the process has ended; it may be asked before Start, by many. */
#include "methods.h"

#include <stdlib.h>

#include "rpc/pb/task.pb-c.h"

static void client_gone(void *arg)
{
	struct waiter *waiter = arg;
	struct waiter **link = &waiter->process->waiters;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	rpc_reply(waiter->call, NULL); /* goes nowhere; frees the call */
	free(waiter);
}

void method_wait(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__WaitRequest *in =
		(const Containerd__Task__V2__WaitRequest *)request;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);

	if (!process)
		return;
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	*waiter = (struct waiter){ .next = process->waiters, .process = process, .call = call };
	process->waiters = waiter;
	rpc_call_on_close(call, client_gone, waiter);
	if (process->announced || process->start_failed)
		waiters_answer(process);
}
