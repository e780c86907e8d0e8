/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim_process.c - a shim that does not answer cannot be asked to leave.
 *
 * Its pid comes from Connect. It lies in the bundle, with the start time that makes a pid mean
 * something, so that a later daemon can end it too.
 */
#include "task/shim_process.h"

#include "task/spare.h"

#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	const Containerd__Task__V2__ConnectResponse *response = (const void *)reply;
	struct task *task = arg;
	struct cleat_error ignored = { 0 };
	uint64_t start = response ? process_start_time((pid_t)response->shim_pid) : 0;
	char text[64];

	/* Without it everything works, but for the end of a stuck shim. */
	if (!start) {
		log_line(CLEAT_DEBUG, "%.12s: its shim told no pid: %s", task->row.id, err->text);
	} else {
		(void)snprintf(text, sizeof(text), "%u %llu", response->shim_pid,
			       (unsigned long long)start);
		if (bundle_write(task->bundle, "shim.pid", text, &ignored) < 0)
			log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, ignored.text);
		spare_keep(task, (pid_t)response->shim_pid);
	}
	task_unpin(task);
}

int shim_process_learn(struct task *task, struct cleat_error *err)
{
	Containerd__Task__V2__ConnectRequest request = CONTAINERD__TASK__V2__CONNECT_REQUEST__INIT;

	request.id = task->row.id;
	int r = shim_call(task->shim, "Connect", &request.base,
			  &containerd__task__v2__connect_response__descriptor, answered, task, err);

	if (r == 0)
		task_pin(task); /* nobody waits for the answer */
	return r;
}

int shim_process_open(const struct task *task)
{
	struct cleat_error ignored = { 0 };
	_cleanup_free_ char *text = NULL;
	unsigned long long start = 0;
	int pid = 0;

	if (bundle_read(task->bundle, "shim.pid", &text, &ignored) < 0 ||
	    sscanf(text, "%d %llu", &pid, &start) != 2 || pid <= 1)
		return -ESRCH;
	return process_open(pid, start);
}

void shim_process_kill(struct task *task)
{
	/* A foreign one may serve a whole group of containers. */
	_cleanup_close_ int fd = task->foreign ? -ESRCH : shim_process_open(task);

	if (fd < 0)
		return;
	log_line(CLEAT_WARN, "%.12s: its shim does not answer, killed", task->row.id);
	(void)process_signal(fd, SIGKILL); /* gone already is as good */
}
