/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_child.c - fork and exec of a daemon that keeps nothing of its caller. */
#include "cli/daemon_child.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/fd.h"

/* What the pipe says: first the pid, then, only when the exec failed, the error. */
struct report {
	pid_t pid;
	struct cleat_error err;
};

static void join_cgroup(const char *hierarchy)
{
	char path[256];
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/cleat.daemon", hierarchy);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return;
	(void)snprintf(path, sizeof(path), "%s/cleat.daemon/cgroup.procs", hierarchy);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	(void)close(fd);
}

/*
 * Out of the caller's session, so that neither its limits nor its end are the daemon's. Where that is
 * not permitted the daemon stays where it is.
 */
static void leave_cgroups(void)
{
	glob_t found = { 0 };

	if (glob("/sys/fs/cgroup/*/cgroup.procs", GLOB_NOSORT, NULL, &found) == 0 &&
	    access("/sys/fs/cgroup/cgroup.controllers", F_OK) < 0)
		for (size_t i = 0; i < found.gl_pathc; i++) {
			*strrchr(found.gl_pathv[i], '/') = '\0';
			join_cgroup(found.gl_pathv[i]);
		}
	else if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0)
		join_cgroup("/sys/fs/cgroup");
	globfree(&found);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		(void)signal(signal_number, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never returns. */
static void become_daemon(const struct daemon_child *child, int pipe_fd)
{
	struct report report = { .pid = getpid() };
	int null = -1;

	(void)fd_write_all(pipe_fd, &report.pid, sizeof(report.pid));
	leave_cgroups();
	(void)umask(022);
	reset_signals();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") == 0 && null >= 0 && dup2(null, 0) == 0 && dup2(child->log_fd, 1) == 1 &&
	    dup2(child->log_fd, 2) == 2) {
		/* The pipe closes itself when the exec succeeds. */
		(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		(void)execve(child->program, child->argv, child->environment);
	}
	(void)cleat_fail(&report.err, errno, "cannot execute '%s': %m", child->program);
	(void)fd_write_all(pipe_fd, &report.err, sizeof(report.err));
	_exit(127);
}

static int read_report(int pipe_fd, pid_t *out_pid, struct cleat_error *err)
{
	struct cleat_error failure = { 0 };
	ssize_t n = TEMP_FAILURE_RETRY(read(pipe_fd, out_pid, sizeof(*out_pid)));

	if (n != sizeof(*out_pid))
		return cleat_fail(err, EIO, "cannot start a daemon: its process ended early");
	n = TEMP_FAILURE_RETRY(read(pipe_fd, &failure, sizeof(failure)));
	if (n <= 0)
		return 0; /* executed */
	*err = failure;
	return -err->errnum;
}

int daemon_child_start(const struct daemon_child *child, pid_t *out_pid, struct cleat_error *err)
{
	int ends[2];
	pid_t middle = -1;
	int r = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot make a pipe: %m");
	(void)fflush(NULL);
	middle = fork();
	if (middle == 0) {
		/* The one in the middle ends at once, so that init is the daemon's parent and reaper. */
		(void)setsid();
		middle = fork();
		if (middle == 0)
			become_daemon(child, ends[1]);
		_exit(middle < 0 ? 1 : 0);
	}
	r = middle < 0 ? cleat_fail(err, errno, "cannot fork: %m") : 0;
	(void)close(ends[1]);
	if (middle > 0) {
		(void)TEMP_FAILURE_RETRY(waitpid(middle, NULL, 0));
		r = read_report(ends[0], out_pid, err);
	}
	(void)close(ends[0]);
	return r;
}
