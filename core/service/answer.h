/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h - a call that waits for a task, and the answer that most of them get. */
#ifndef CORE_SERVICE_ANSWER_H
#define CORE_SERVICE_ANSWER_H

#include "service/service.h"
#include "task/depend.h"

/** A call with what its answer needs; the container may be gone by then. */
struct answer {
	struct rpc_call *call;
	struct service *service;
	char *id, *name;
	struct task
		*task; /* borrowed; for verbs of two halves it is pinned (answer_started_pinned) */
	bool ran;      /* for those that stop: there was something to stop */
	/* for those that start: answer_when_allowed */
	const void *request;
	struct depend_wait *wait;
	void (*go)(struct answer *answer);
};

/** NULL: the call has been answered (out of memory). */
struct answer *answer_new(struct service *service, struct rpc_call *call, struct task *task);
/** service_find and answer_new. NULL: the call has been answered. */
struct answer *answer_find(struct service *service, struct rpc_call *call, const char *ns,
			   const char *what);
void answer_free(struct answer *answer);
/** A task_done: IdResponse, or the error. */
void answer_id(void *arg, const struct cleat_error *err);
/** The same with an empty message. */
void answer_empty(void *arg, const struct cleat_error *err);
/** Call @go once the containers that answer->task comes after are there; answer when they cannot be. */
void answer_when_there(struct answer *answer, void (*go)(struct answer *answer));
/** The same, at once when answer->task runs. */
void answer_when_allowed(struct answer *answer, void (*go)(struct answer *answer));
/** @r is what starting the operation returned: answer the error at once when it is one. */
void answer_started(struct answer *answer, int r, const struct cleat_error *err);
/** The same, and @task, the answer's, stays in memory until the callback unpins it. */
void answer_started_pinned(struct answer *answer, struct task *task, int r,
			   const struct cleat_error *err);
/** The end of such a callback that has answered by itself. */
void answer_free_pinned(struct answer *answer);

#endif
