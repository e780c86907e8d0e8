/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignores.c - does a container's first process ignore its stop signal?
 *
 * The kernel drops a signal for the first process of a pid namespace when it has no handler for it, and the
 * stop waits for its whole time in vain. That is worth telling, because nobody sees it from outside.
 */
#include "task/task.h"

#include "base/fd.h"
#include "base/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

enum { STATUS_MAX = 16384 };

static bool has_bit(const char *status, const char *field, int signal)
{
	const char *line = strstr(status, field);

	return line && (strtoull(line + strlen(field), NULL, 16) >> (signal - 1)) & 1;
}

/* A handler, or blocked: then it waits for it by sigwait or a descriptor. */
static bool takes_note(const char *status, int signal)
{
	return has_bit(status, "\nSigCgt:", signal) || has_bit(status, "\nSigBlk:", signal);
}

bool task_ignores(const struct task *task, int signal)
{
	const char *mode = task->config->pid_mode;
	_cleanup_free_ char *path = text_format("/proc/%lld", (long long)task->row.pid);
	_cleanup_free_ char *status = NULL;
	struct cleat_error ignored = { 0 };
	size_t len = 0;

	if (signal == SIGKILL || signal == SIGSTOP || task->row.pid <= 0 || !path ||
	    (task->row.phase != TASK_RUNNING && task->row.phase != TASK_PAUSED) ||
	    (*mode && !text_eq(mode, "private"))) /* elsewhere the default action ends it */
		return false;
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || fd_read_file(dir, "status", STATUS_MAX, &status, &len, &ignored) < 0)
		return false;
	return !takes_note(status, signal);
}
