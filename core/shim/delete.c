/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete.c - Delete: wait, bounded, for the output; destroy; unmount; forget; tell.
 *
 * A Delete whose client has gone goes on: a later one answers "not found" and Shutdown works.
 */
#include "methods.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/dir.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/loop.h"
#include "publish.h"
#include "rootfs.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

enum { DESTROY_TRIES = 50 }; /* 100 ms apart */

static void fill(Containerd__Task__V2__DeleteResponse *answer, Google__Protobuf__Timestamp *at,
		 const struct process *process)
{
	method_time(at, process->ending.at_ns);
	answer->pid = (uint32_t)process->pid;
	answer->exit_status = process->ending.status;
	answer->exited_at = at;
}

static void answer_and_forget_exec(struct process *process)
{
	Containerd__Task__V2__DeleteResponse answer = CONTAINERD__TASK__V2__DELETE_RESPONSE__INIT;
	Google__Protobuf__Timestamp at;
	struct rpc_call *call = process->deleter;

	fill(&answer, &at, process);
	task_forget_exec(process);
	rpc_reply(call, &answer.base);
}

/* ---- init ------------------------------------------------------------------------------------ */

static void forget_runtime(struct task *task)
{
	struct cleat_error err = { 0 };

	if (dir_remove_tree(task->bundle_fd, "runtime", &err) < 0)
		log_line(CLEAT_WARN, "%s, going on without it", err.text);
}

/*
 * The mounts go whatever became of the rest (S17), and @r, an earlier error, is the one that counts. That they
 * would not go is an error only for cleatd, which tries again later (S19).
 */
static int unmount_root(struct task *task, int r, struct cleat_error *err)
{
	bool engine = task->shim->engine;
	struct cleat_error why = { 0 };

	if (!task->mounted || rootfs_unmount(task->bundle, !engine, &why) == 0) {
		task->mounted = false;
		return r;
	}
	log_line(CLEAT_WARN, "failed to cleanup rootfs mount: %s", why.text);
	if (engine && r == 0) {
		*err = why;
		return -why.errnum;
	}
	return r;
}

static void answer_and_forget_task(struct task *task)
{
	Containerd__Task__V2__DeleteResponse answer = CONTAINERD__TASK__V2__DELETE_RESPONSE__INIT;
	Containerd__Events__TaskDelete event = CONTAINERD__EVENTS__TASK_DELETE__INIT;
	struct rpc_call *call = task->init.deleter;
	struct shim *shim = task->shim;
	Google__Protobuf__Timestamp at;

	process_announce(&task->init);
	fill(&answer, &at, &task->init);
	event.container_id = task->id;
	event.pid = answer.pid;
	event.exit_status = answer.exit_status;
	event.exited_at = &at;
	publish(shim->publisher, "/tasks/delete", &event.base);
	task_free(task);
	shim->over = true;
	rpc_reply(call, &answer.base);
	shim_rest(shim);
	shim_settle(shim);
}

static void destroy(void *arg);

/* A process in the kernel's hands may take its time; the loop goes on meanwhile. */
static bool try_later(struct process *process)
{
	const struct shim *shim = process->task->shim;
	struct cleat_error err = { 0 };

	if (shim->engine || ++process->tries > DESTROY_TRIES)
		return false; /* cleatd comes again by itself */
	return loop_watch_timer(shim->loop, 100 * NS_PER_MS, destroy, process, &process->retry,
				&err) == 0;
}

static void destroy(void *arg)
{
	struct process *process = arg;
	struct task *task = process->task;
	struct cleat_error err = { 0 };

	loop_unwatchp(&process->retry);
	process->destroying = true; /* the end of init, seen below, must not bring us here again */
	int r = use_runtime_destroy(task->box, &err);

	reap_children(task->shim);
	fail_point("shim-destroyed");
	if (r == -EBUSY && try_later(process))
		return;
	use_io_close(process->stream);
	process->stream = NULL;
	if (r == -ENOENT)
		r = 0; /* destroyed already, as after a checkpoint (S14) */
	else if (r < 0)
		(void)cleat_wrap(&err, "failed to delete task");
	r = unmount_root(task, r, &err);
	if (r < 0) {
		struct rpc_call *call = process->deleter;

		process->deleter = NULL;
		process->destroying = false;
		process->tries = 0;
		rpc_fail_code(call, RPC_UNKNOWN, "%s", err.text);
		return;
	}
	forget_runtime(task);
	answer_and_forget_task(task);
}

/* ---- both ------------------------------------------------------------------------------------ */

void delete_continue(struct process *process)
{
	if (!process->deleter || process->destroying || !process->drained)
		return;
	if (process == &process->task->init)
		destroy(process);
	else
		answer_and_forget_exec(process);
}

static bool may_delete(const struct process *process, struct rpc_call *call)
{
	if (process->deleter)
		rpc_fail_code(call, RPC_FAILED_PRECONDITION,
			      "process is being deleted already: failed precondition");
	else if (process->state == PROCESS_RUNNING && process->task->paused)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot delete a paused process");
	else if (process->state == PROCESS_RUNNING)
		rpc_fail_code(call, RPC_UNKNOWN, "cannot delete a running process");
	else
		return true;
	return false;
}

void method_delete(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__DeleteRequest *in =
		(const Containerd__Task__V2__DeleteRequest *)request;
	struct process *process = process_wanted(arg, call, in->id, in->exec_id);

	if (!process || !may_delete(process, call))
		return;
	process->deleter = call;
	if (process->state == PROCESS_CREATED)
		process->drained = true; /* its program never ran: nothing was written */
	delete_continue(process);
}
