/* SPDX-License-Identifier: Apache-2.0 */
/* pids.c - Pids: every process of a container; those of execs say which. */
#include "methods.h"

#include <stdlib.h>

#include <cleat/cleanup.h>

#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/task.pb-c.h"

/* One answer must fit into a frame: some 20 bytes a process. */
enum { PIDS_MAX = 100000 };

/* An entry of the list, with what it points to. */
struct entry {
	Containerd__Types__ProcessInfo info;
	Google__Protobuf__Any any;
	uint8_t details[160];
};

static void describe(struct entry *entry, const struct process *process)
{
	Containerd__Runc__V1__ProcessDetails details = CONTAINERD__RUNC__V1__PROCESS_DETAILS__INIT;

	details.exec_id = process->exec_id;
	if (containerd__runc__v1__process_details__get_packed_size(&details) >
	    sizeof(entry->details))
		return;
	google__protobuf__any__init(&entry->any);
	entry->any.type_url = method_text("containerd.runc.v1.ProcessDetails");
	entry->any.value.len =
		containerd__runc__v1__process_details__pack(&details, entry->details);
	entry->any.value.data = entry->details;
	entry->info.info = &entry->any;
}

static void answer_with(struct shim *shim, struct rpc_call *call, const int32_t *pids, size_t n)
{
	Containerd__Task__V2__PidsResponse answer = CONTAINERD__TASK__V2__PIDS_RESPONSE__INIT;
	_cleanup_free_ struct entry *entries = calloc(n + 1, sizeof(*entries));
	_cleanup_free_ Containerd__Types__ProcessInfo **list = calloc(n + 1, sizeof(*list));

	if (!entries || !list) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct process *process = process_by_pid(shim, pids[i]);

		containerd__types__process_info__init(&entries[i].info);
		entries[i].info.pid = (uint32_t)pids[i];
		if (process && *process->exec_id)
			describe(&entries[i], process);
		list[i] = &entries[i].info;
	}
	answer.n_processes = n;
	answer.processes = list;
	rpc_reply(call, &answer.base);
}

void method_pids(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__PidsRequest *in =
		(const Containerd__Task__V2__PidsRequest *)request;
	struct task *task = task_wanted(arg, call, in->id);
	_cleanup_free_ int32_t *pids = NULL;
	struct cleat_error err = { 0 };
	size_t n = 0;

	if (!task)
		return;
	int r = use_runtime_processes(task->box, &pids, &n, &err);

	/* containerd 1.7 removes a live task whose list is empty or fails: init is there for certain */
	if (task->pending)
		answer_with(arg, call, NULL, 0);
	else if ((r < 0 || n == 0) && task->init.state != PROCESS_STOPPED)
		answer_with(arg, call, &task->init.pid, 1);
	else if (r < 0 && task->init.state != PROCESS_STOPPED)
		rpc_fail(call, &err);
	else
		answer_with(arg, call, pids, n < PIDS_MAX ? n : PIDS_MAX);
}
