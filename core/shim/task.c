/* SPDX-License-Identifier: Apache-2.0 */
/* task.c - find, make and free tasks and their processes. */
#include "adopt.h"
#include "health.h"
#include "methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/loop.h"

struct task *task_find(const struct shim *shim, const char *id)
{
	struct task *task = shim->tasks;

	while (task && strcmp(task->id, id) != 0)
		task = task->next;
	return task;
}

struct process *task_process(struct task *task, const char *exec_id)
{
	struct process *p = task->execs;

	if (!*exec_id)
		return &task->init;
	while (p && strcmp(p->exec_id, exec_id) != 0)
		p = p->next;
	return p;
}

struct task *task_wanted(struct shim *shim, struct rpc_call *call, const char *id)
{
	struct task *task = task_find(shim, id);

	if (!task)
		rpc_fail_code(call, RPC_NOT_FOUND, "container not created: not found");
	return task;
}

struct process *process_wanted(struct shim *shim, struct rpc_call *call, const char *id,
			       const char *exec_id)
{
	struct task *task = task_wanted(shim, call, id);
	struct process *process = task ? task_process(task, exec_id) : NULL;

	if (task && !process)
		rpc_fail_code(call, RPC_NOT_FOUND, "process does not exist %s: not found", exec_id);
	return process;
}

struct process *process_by_pid(const struct shim *shim, int32_t pid)
{
	for (struct task *task = shim->tasks; task; task = task->next) {
		if (task->init.pid == pid)
			return &task->init;
		for (struct process *p = task->execs; p; p = p->next)
			if (p->pid == pid)
				return p;
	}
	return NULL;
}

bool task_has_running_exec(const struct task *task)
{
	for (const struct process *p = task->execs; p; p = p->next)
		if (p->state == PROCESS_RUNNING)
			return true;
	return false;
}

int process_init(struct process *process, struct task *task, const char *exec_id, const char *in,
		 const char *out, const char *err, bool terminal)
{
	process->task = task;
	process->terminal = terminal;
	process->exec_id = strdup(exec_id);
	process->in = strdup(in);
	process->out = strdup(out);
	process->err = strdup(err);
	return process->exec_id && process->in && process->out && process->err ? 0 : -ENOMEM;
}

void process_fini(struct process *process)
{
	struct cleat_error err = { 0 };

	(void)cleat_fail(&err, ENOENT, "the process was deleted");
	while (process->waiters) {
		struct waiter *waiter = process->waiters;

		process->waiters = waiter->next;
		rpc_call_on_close(waiter->call, NULL, NULL);
		rpc_fail(waiter->call, &err);
		free(waiter);
	}
	loop_unwatchp(&process->retry);
	use_io_close(process->stream);
	free(process->exec_id);
	free(process->in);
	free(process->out);
	free(process->err);
	free(process->spec);
}

/* Its record goes when so many others have ended: the bundle is in memory, and containers live long. */
static void retire_record(struct task *task, char *exec_id)
{
	char **place = &task->told[task->ntold++ % EXECS_TOLD];

	if (*place)
		exit_record_remove(task->bundle_fd, *place);
	free(*place);
	*place = exec_id;
}

void task_forget_exec(struct process *process)
{
	struct process **link = &process->task->execs;

	while (*link != process)
		link = &(*link)->next;
	*link = process->next;
	retire_record(process->task, take_ptr(process->exec_id));
	process_fini(process);
	free(process);
}

void task_free(struct task *task)
{
	struct task **link = &task->shim->tasks;

	while (*link && *link != task)
		link = &(*link)->next;
	if (*link)
		*link = task->next;
	while (task->execs)
		task_forget_exec(task->execs);
	for (size_t i = 0; i < EXECS_TOLD; i++)
		free(task->told[i]);
	attach_end_all(task);
	create_drop(task);
	health_free(task->health);
	process_fini(&task->init);
	loop_unwatchp(&task->oom_watch);
	loop_unwatchp(&task->oom_later);
	adopted_free(task->adopted);
	cleat_closep(&task->console);
	cleat_closep(&task->oom_fd);
	cleat_closep(&task->bundle_fd);
	use_runtime_release(task->box);
	free(task->uids);
	free(task->gids);
	free(task->id);
	free(task->bundle);
	free(task);
}
