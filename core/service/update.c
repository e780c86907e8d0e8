/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - cleat update. */
#include "service/answer.h"

#include "base/text.h"
#include "plugin/registry.h"
#include "use/use.h"

#include <errno.h>

static int check(struct task *task, const Cleat__V1__UpdateRequest *request,
		 struct cleat_error *err)
{
	const struct plugin *plugin = NULL;
	struct cleat_policy policy = { .size = sizeof(policy) };
	char name[32];
	int r = request->limits ? service_check_limits(request->limits, err) : 0;

	if (r < 0 || !*request->restart)
		return r;
	r = registry_find(task->all->env.registry, "restart", NULL, &plugin, err);
	if (r == 0)
		r = use_restart_parse(plugin, request->restart, name, &policy, err);
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
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	struct answer *answer = task ? answer_new(arg, call, task) : NULL;
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	int r = check(task, request, &err);

	if (r == 0)
		r = task_update(task, request->limits, *request->restart ? request->restart : NULL,
				answer_id, answer, &err);
	answer_started(answer, r, &err);
}
