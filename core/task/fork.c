/* SPDX-License-Identifier: Apache-2.0 */
/* fork.c - one op in one child: a crash or a hang hurts that op alone. */
#include "task/fork.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

enum { RESULT_MAX = 16 << 20 };

struct fork_child {
	struct loop *loop;
	const char *does;
	pid_t pid;
	int pipe, pidfd;
	struct cleat_watch *pipe_watch, *pid_watch, *timer;
	struct text answer; /* a cleat_error, then the result */
	bool timed_out;
	fork_done done;
	void *arg;
};

/* libevent's handlers write to a socket that we share with the daemon: none may run here. */
static void forget_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL); /* refused for KILL, STOP and libc's own: right so */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn)) child_main(fork_run run, void *arg, int out, pid_t parent)
{
	struct cleat_error err = { 0 };
	struct text result = { 0 };

	forget_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	int r = run(arg, &result, &err);

	if (r >= 0)
		memset(&err, 0, sizeof(err));
	if (r >= 0 && result.failed)
		r = cleat_fail(&err, ENOMEM, "out of memory");
	if (fd_write_all(out, &err, sizeof(err)) < 0)
		_exit(1);
	if (r >= 0 && result.len && fd_write_all(out, result.bytes, result.len) < 0)
		_exit(1);
	_exit(0);
}

static void release(struct fork_child *child)
{
	loop_unwatchp(&child->pipe_watch);
	loop_unwatchp(&child->pid_watch);
	loop_unwatchp(&child->timer);
	if (child->pipe >= 0)
		(void)close(child->pipe);
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	text_fini(&child->answer);
	free(child);
}

static void judge(const struct fork_child *child, int status, struct cleat_error *err)
{
	if (child->timed_out)
		(void)cleat_fail(err, ETIMEDOUT, "cannot %s: it took too long", child->does);
	else if (WIFSIGNALED(status))
		(void)cleat_fail(
			err, EIO, "cannot %s: the process that did it was ended by %s", child->does,
			text_signal_name(WTERMSIG(status)) ? text_signal_name(WTERMSIG(status))
							   : "a signal");
	else if (child->answer.failed)
		(void)cleat_fail(err, ENOMEM, "cannot %s: out of memory", child->does);
	else if (child->answer.len < sizeof(*err))
		(void)cleat_fail(err, EIO, "cannot %s: the process that did it gave no answer",
				 child->does);
	else
		memcpy(err, child->answer.bytes, sizeof(*err));
}

static void ended(void *arg, uint32_t events)
{
	struct fork_child *child = arg;
	struct cleat_error err = { 0 };
	int status = 0;

	(void)events;
	if (waitpid(child->pid, &status, 0) < 0)
		status = 0; /* the answer says enough */
	judge(child, status, &err);
	if (err.errnum)
		child->done(child->arg, NULL, 0, &err);
	else
		child->done(child->arg, child->answer.bytes + sizeof(err),
			    child->answer.len - sizeof(err), &err);
	release(child);
}

static void readable(void *arg, uint32_t events)
{
	struct fork_child *child = arg;
	char bytes[16384];
	ssize_t n = read(child->pipe, bytes, sizeof(bytes));

	(void)events;
	if (n > 0 && child->answer.len + (size_t)n <= RESULT_MAX) {
		text_add_bytes(&child->answer, bytes, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		(void)process_signal(child->pidfd, SIGKILL);
	/* Everything was said; the end itself is imminent. */
	struct cleat_error err = { 0 };

	loop_unwatchp(&child->pipe_watch);
	if (loop_watch_fd(child->loop, child->pidfd, EPOLLIN, ended, child, &child->pid_watch,
			  &err) < 0)
		ended(child, 0);
}

static void too_late(void *arg)
{
	struct fork_child *child = arg;

	child->timed_out = true;
	(void)process_signal(child->pidfd, SIGKILL);
}

static int watch(struct fork_child *child, uint64_t limit_ns, struct cleat_error *err)
{
	/* Also of a zombie: nobody but us can have waited for it. */
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		return cleat_fail(err, errno, "cannot %s: %m", child->does);
	int r = loop_watch_fd(child->loop, child->pipe, EPOLLIN, readable, child,
			      &child->pipe_watch, err);

	if (r == 0 && limit_ns)
		r = loop_watch_timer(child->loop, limit_ns, too_late, child, &child->timer, err);
	return r;
}

static int spawn(struct fork_child *child, fork_run run, void *arg, struct cleat_error *err)
{
	int ends[2];
	sigset_t all;
	sigset_t before;
	pid_t parent = getpid();

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot %s: %m", child->does);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	child->pid = fork();
	if (child->pid == 0) {
		(void)close(ends[0]);
		child_main(run, arg, ends[1], parent);
	}
	int saved = errno;

	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(ends[1]);
	child->pipe = ends[0];
	if (child->pid < 0)
		return cleat_fail(err, saved, "cannot %s: cannot fork: %m", child->does);
	(void)fcntl(child->pipe, F_SETFL, O_NONBLOCK);
	return 0;
}

int fork_start(struct loop *loop, const char *does, fork_run run, void *run_arg, uint64_t limit_ns,
	       fork_done done, void *done_arg, struct fork_child **out, struct cleat_error *err)
{
	struct fork_child *child = calloc(1, sizeof(*child));

	if (!child)
		return cleat_fail(err, ENOMEM, "cannot %s: out of memory", does);
	child->loop = loop;
	child->does = does;
	child->pipe = child->pidfd = -1;
	child->done = done;
	child->arg = done_arg;
	int r = spawn(child, run, run_arg, err);

	if (r == 0)
		r = watch(child, limit_ns, err);
	if (r < 0) {
		fork_cancel(child);
		return r;
	}
	if (out)
		*out = child;
	return 0;
}

void fork_cancel(struct fork_child *child)
{
	if (!child)
		return;
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL); /* not yet waited for: the pid is still its own */
		(void)waitpid(child->pid, NULL, 0);
	}
	release(child);
}
