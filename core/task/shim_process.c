/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim_process.c - a shim that does not answer cannot be asked to leave.
 *
 * Its pid comes from Connect. It lies in the bundle, with the start time that makes a pid mean
 * something, so that a later daemon can end it too.
 */
#include "task/shim_process.h"

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

struct asking {
	struct job *job;
	struct task *task;
};

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	const Containerd__Task__V2__ConnectResponse *response = (const void *)reply;
	struct asking *asking = arg;
	struct cleat_error ignored = { 0 };
	uint64_t start = response ? process_start_time((pid_t)response->shim_pid) : 0;
	char text[64];

	/* Without it everything works, but for the end of a stuck shim. */
	if (!start) {
		log_line(CLEAT_DEBUG, "%.12s: its shim told no pid: %s", asking->task->row.id,
			 err->text);
	} else {
		(void)snprintf(text, sizeof(text), "%u %llu", response->shim_pid,
			       (unsigned long long)start);
		if (bundle_write(asking->task->bundle, "shim.pid", text, &ignored) < 0)
			log_line(CLEAT_WARN, "%.12s: %s, going on", asking->task->row.id,
				 ignored.text);
	}
	job_resume(asking->job, NULL);
	free(asking);
}

int shim_process_learn(struct job *job, struct task *task, struct cleat_error *err)
{
	Containerd__Task__V2__ConnectRequest request = CONTAINERD__TASK__V2__CONNECT_REQUEST__INIT;
	struct asking *asking = calloc(1, sizeof(*asking));

	if (!asking)
		return cleat_fail(err, ENOMEM, "cannot ask the shim: out of memory");
	asking->job = job;
	asking->task = task;
	request.id = task->row.id;
	int r = shim_call(task->shim, "Connect", &request.base,
			  &containerd__task__v2__connect_response__descriptor, answered, asking,
			  err);

	if (r < 0)
		free(asking);
	return r < 0 ? r : JOB_WAIT;
}

void shim_process_kill(struct task *task)
{
	struct cleat_error ignored = { 0 };
	_cleanup_free_ char *text = NULL;
	unsigned long long start = 0;
	int pid = 0;

	/* A foreign one may serve a whole group of containers. */
	if (task->foreign || bundle_read(task->bundle, "shim.pid", &text, &ignored) < 0 ||
	    sscanf(text, "%d %llu", &pid, &start) != 2 || pid <= 1)
		return;
	_cleanup_close_ int fd = process_open(pid, start);

	if (fd < 0)
		return;
	log_line(CLEAT_WARN, "%.12s: its shim (pid %d) does not answer, killed", task->row.id, pid);
	(void)process_signal(fd, SIGKILL); /* gone already is as good */
}
