/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - Exec: note a further process; Start makes it. */
#include "methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/json.h>

#include "base/text.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

typedef Containerd__Task__V2__ExecProcessRequest exec_request;

static int check(const exec_request *in, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;

	if (!text_is_name(in->exec_id))
		return cleat_fail(err, EINVAL, "invalid exec id '%s'", in->exec_id);
	if (!in->spec || !in->spec->value.len)
		return cleat_fail(err, EINVAL, "exec '%s' has no process specification",
				  in->exec_id);
	int r = json_parse((const char *)in->spec->value.data, in->spec->value.len, &doc, err);

	return r < 0 ? cleat_wrap(err, "process specification of exec '%s'", in->exec_id) : 0;
}

static int add(struct task *task, const exec_request *in, struct cleat_error *err)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process || process_init(process, task, in->exec_id, in->stdin, in->stdout, in->stderr,
				     in->terminal) < 0) {
		if (process)
			process_fini(process);
		free(process);
		return cleat_fail(err, ENOMEM, "cannot add exec '%s': out of memory", in->exec_id);
	}
	process->next = task->execs;
	task->execs = process;
	process->spec = strndup((const char *)in->spec->value.data, in->spec->value.len);
	process->spec_len = in->spec->value.len;
	if (!process->spec) {
		task_forget_exec(process);
		return cleat_fail(err, ENOMEM, "cannot add exec '%s': out of memory", in->exec_id);
	}
	return 0;
}

static bool may_exec(struct task *task, struct rpc_call *call, const char *exec_id)
{
	if (*exec_id && task_process(task, exec_id))
		rpc_fail_code(call, RPC_ALREADY_EXISTS, "id %s: already exists", exec_id);
	else if (task->init.state == PROCESS_STOPPED)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot exec in a stopped state");
	else if (task->paused)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot exec in a paused state");
	else
		return true;
	return false;
}

void method_exec(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const exec_request *in = (const exec_request *)request;
	Containerd__Events__TaskExecAdded event = CONTAINERD__EVENTS__TASK_EXEC_ADDED__INIT;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task || !may_exec(task, call, in->exec_id))
		return;
	if (check(in, &err) < 0 || add(task, in, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	event.container_id = task->id;
	event.exec_id = in->exec_id;
	publish(task->shim->publisher, "/tasks/exec-added", &event.base);
	rpc_reply(call, NULL);
}
