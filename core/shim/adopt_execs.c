/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt_execs.c - end the execs of a shim that was killed.
 *
 * Their clients have been told 137. It shall be true: a process that is neither init nor has its
 * parent in the container came in from outside. Where the pid namespace is shared that holds for others too,
 * so there nobody is touched.
 */
#include "adopt.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

#include "base/log.h"
#include "base/process.h"

static bool own_pid_namespace(int32_t init)
{
	char path[64];
	struct stat ours;
	struct stat theirs;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)init);
	return stat(path, &theirs) == 0 && stat("/proc/self/ns/pid", &ours) == 0 &&
	       (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

static bool is_among(int32_t pid, const int32_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Numbers are used again: is what @fd holds, and what lives, in the container now? */
static bool is_ours(const struct task *task, int fd, int32_t pid)
{
	_cleanup_free_ int32_t *pids = NULL;
	struct cleat_error err = { 0 };
	size_t n = 0;

	return use_runtime_processes(task->box, &pids, &n, &err) == 0 && is_among(pid, pids, n) &&
	       process_wait(fd, 0) == 0;
}

static void end_if_exec(const struct task *task, int32_t pid, const int32_t *pids, size_t n)
{
	struct process_stat stat;
	_cleanup_close_ int fd = process_open(pid, 0);

	if (fd < 0 || process_stat(pid, &stat) < 0 || is_among(stat.parent, pids, n) ||
	    !is_ours(task, fd, pid))
		return;
	log_line(CLEAT_INFO, "process %d was an exec of the last shim: killed", pid);
	(void)process_signal(fd, SIGKILL);
}

void adopt_end_execs(const struct task *task)
{
	_cleanup_free_ int32_t *pids = NULL;
	struct cleat_error err = { 0 };
	size_t n = 0;

	if (!own_pid_namespace(task->init.pid))
		return;
	if (use_runtime_processes(task->box, &pids, &n, &err) < 0) {
		log_line(CLEAT_WARN, "%s, going on", err.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (pids[i] != task->init.pid)
			end_if_exec(task, pids[i], pids, n);
}
