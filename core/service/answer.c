/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - finding the containers of a call, and answering it. */
#include "service/answer.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *service_namespace(const char *ns, struct cleat_error *err)
{
	if (!*ns)
		return "default";
	if (text_is_name(ns) && strlen(ns) <= 76)
		return ns;
	(void)cleat_fail(
		err, EINVAL,
		"cannot use namespace '%.100s': it must begin with a letter or digit and hold "
		"nothing but those and _.-",
		ns);
	return NULL;
}

struct task *service_find(struct service *service, struct rpc_call *call, const char *ns,
			  const char *what)
{
	struct cleat_error err = { 0 };
	struct task *task = NULL;
	const char *name = service_namespace(ns, &err);

	if (!name || tasks_find(service->tasks, name, what, &task, &err) < 0) {
		rpc_fail(call, &err);
		return NULL;
	}
	return task;
}

bool service_has_label(Cleat__V1__Label *const *labels, size_t n, const char *wanted)
{
	const char *equals = strchr(wanted, '=');
	size_t len = equals ? (size_t)(equals - wanted) : strlen(wanted);

	for (size_t i = 0; i < n; i++)
		if (strlen(labels[i]->key) == len && strncmp(labels[i]->key, wanted, len) == 0 &&
		    (!equals || text_eq(labels[i]->value, equals + 1)))
			return true;
	return false;
}

struct answer *answer_new(struct service *service, struct rpc_call *call, struct task *task)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (answer) {
		answer->call = call;
		answer->service = service;
		answer->task = task;
		answer->id = strdup(task->row.id);
		answer->name = strdup(task->row.name);
	}
	if (!answer || !answer->id || !answer->name) {
		answer_free(answer);
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return NULL;
	}
	return answer;
}

struct answer *answer_find(struct service *service, struct rpc_call *call, const char *ns,
			   const char *what)
{
	struct task *task = service_find(service, call, ns, what);

	return task ? answer_new(service, call, task) : NULL;
}

void answer_free(struct answer *answer)
{
	if (!answer)
		return;
	free(answer->id);
	free(answer->name);
	free(answer);
}

/* Down there nobody knows of whom it is, and what can be done. */
static void fail(const struct answer *answer, const struct cleat_error *err)
{
	struct cleat_error why = { 0 };

	if (err->errnum == ETIMEDOUT) {
		(void)cleat_fail(
			&why, ETIMEDOUT,
			"the shim of container %s does not answer: it is stopped or stuck; "
			"cleat restart %s gives it up and begins anew",
			answer->name, answer->name);
		err = &why;
	}
	rpc_fail(answer->call, err);
}

void answer_id(void *arg, const struct cleat_error *err)
{
	Cleat__V1__IdResponse reply = CLEAT__V1__ID_RESPONSE__INIT;
	struct answer *answer = arg;

	reply.id = answer->id;
	reply.name = answer->name;
	if (err->errnum)
		fail(answer, err);
	else
		rpc_reply(answer->call, &reply.base);
	answer_free(answer);
}

void answer_empty(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;

	if (err->errnum)
		fail(answer, err);
	else
		rpc_reply(answer->call, NULL);
	answer_free(answer);
}

void answer_started(struct answer *answer, int r, const struct cleat_error *err)
{
	if (r >= 0)
		return;
	rpc_fail(answer->call, err);
	answer_free(answer);
}

void answer_started_pinned(struct answer *answer, struct task *task, int r,
			   const struct cleat_error *err)
{
	if (r == 0)
		task_pin(task); /* of @answer nothing is read: its callback may have been here */
	answer_started(answer, r, err);
}

void answer_free_pinned(struct answer *answer)
{
	task_unpin(answer->task);
	answer_free(answer);
}

/* ---- starts that wait for others ------------------------------------------------------------------ */
static void client_gone(void *arg)
{
	struct answer *answer = arg;

	depend_cancel(&answer->wait);
	rpc_reply(answer->call, NULL); /* to nobody: but each call is answered */
	answer_free(answer);
}

static void allowed(void *arg, const struct cleat_error *err)
{
	struct answer *answer = arg;

	answer->wait = NULL;
	rpc_call_on_close(answer->call, NULL, NULL);
	if (err->errnum)
		answer_started(answer, -err->errnum, err);
	else
		answer->go(answer);
}

void answer_when_there(struct answer *answer, void (*go)(struct answer *answer))
{
	struct cleat_error err = { 0 };

	answer->go = go;
	int r = depend_wait(answer->task, allowed, answer, &answer->wait, &err);

	if (r == 0)
		rpc_call_on_close(answer->call, client_gone, answer);
	else
		allowed(answer, &err);
}

void answer_when_allowed(struct answer *answer, void (*go)(struct answer *answer))
{
	const struct task *task = answer->task;

	if (task->prepared || task->row.phase == TASK_RUNNING)
		go(answer);
	else
		answer_when_there(answer, go);
}
