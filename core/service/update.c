/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - cleat update. */
#include "service/answer.h"

#include "base/text.h"

#include <errno.h>

static int check(struct task *task, const Cleat__V1__UpdateRequest *request,
		 struct cleat_error *err)
{
	const char *policy = *request->restart ? request->restart : task->row.policy;
	char name[32];
	int r = request->limits ? service_check_limits(request->limits, err) : 0;

	if (r < 0 || (!*request->restart && !request->n_restart_options))
		return r;
	r = restart_check_policy(task->all, task->config, request->restart_options,
				 request->n_restart_options, policy, name, err);
	if (r == 0 && task->config->auto_remove && !text_eq(name, "no"))
		r = cleat_fail(
			err, EINVAL,
			"Restart policy cannot be updated because AutoRemove is enabled for the "
			"container");
	return r;
}

void service_update(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__UpdateRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	int r = check(answer->task, request, &err);

	if (r == 0)
		r = task_update(answer->task, request, answer_id, answer, &err);
	answer_started(answer, r, &err);
}
