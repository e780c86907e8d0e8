/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - cleat update. */
#include "service/answer.h"

#include "base/text.h"

#include <errno.h>

/* Of limits that make sense only together some may be there already; docker's words. */
static int check_limits(const container_config *config, const Cleat__V1__Limits *asked,
			struct cleat_error *err)
{
	static const Cleat__V1__Limits none = CLEAT__V1__LIMITS__INIT;
	const Cleat__V1__Limits *there = config->limits ? config->limits : &none;
	Cleat__V1__Limits both = *asked;

	if (!both.memory)
		both.memory = there->memory;
	if (!both.memory_reservation)
		both.memory_reservation = there->memory_reservation;
	if (!asked->memory_swap && there->memory_swap > 0 && asked->memory > there->memory_swap)
		return cleat_fail(
			err, EBUSY,
			"Memory limit should be smaller than already set memoryswap limit, "
			"update the memoryswap at the same time");
	if (asked->nano_cpus && (there->cpu_quota || there->cpu_period))
		return cleat_fail(err, EBUSY,
				  "Conflicting options: Nano CPUs cannot be updated as CPU %s has "
				  "already been set",
				  there->cpu_period ? "Period" : "Quota");
	if ((asked->cpu_quota || asked->cpu_period) && there->nano_cpus)
		return cleat_fail(err, EBUSY,
				  "Conflicting options: CPU %s cannot be updated as NanoCPUs has "
				  "already been set",
				  asked->cpu_quota ? "Quota" : "Period");
	return service_check_limits(&both, err);
}

static int check(struct task *task, const Cleat__V1__UpdateRequest *request,
		 struct cleat_error *err)
{
	const char *policy = *request->restart ? request->restart : task->row.policy;
	char name[32];
	int r = request->limits ? check_limits(task->config, request->limits, err) : 0;

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
