/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.c - a program whose output we wait for.
 *
 * The descriptor of an exec failure is a third pipe, close-on-exec: reading 0 bytes means that the
 * program runs. It is read at once, which blocks for as long as execve takes and not longer.
 */
#include "task/child.h"

#include "base/fd.h"
#include "base/loop.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

enum { OUTPUT_MAX = 1 << 20 };

struct child {
	struct loop *loop;
	pid_t pid;
	int pidfd;
	int pipe[2]; /* read ends of stdout and stderr */
	struct cleat_watch *watch[2], *pid_watch, *timer;
	struct text text[2];
	bool timed_out, exited;
	child_done done;
	void *arg;
};

/* ---- in the child: nothing but system calls ---------------------------------------------------- */
static void __attribute__((noreturn))
exec_child(const struct child_spec *spec, int in, const int out[2], int report, pid_t parent)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	/* A shim's `start` that outlived us would make a shim of which the next daemon knows nothing. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (chdir(spec->cwd) == 0 && dup2(in, 0) >= 0 && dup2(out[0], 1) >= 0 &&
	    dup2(out[1], 2) >= 0) {
		/* What others left open is nothing for a stranger's program. */
		(void)syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
		(void)execve(spec->program, spec->argv, spec->env);
	}
	int number = errno;

	(void)!write(report, &number, sizeof(number));
	_exit(127);
}

/* ---- in the daemon ------------------------------------------------------------------------------ */
static void release(struct child *child)
{
	for (int i = 0; i < 2; i++) {
		loop_unwatchp(&child->watch[i]);
		if (child->pipe[i] >= 0)
			(void)close(child->pipe[i]);
		text_fini(&child->text[i]);
	}
	loop_unwatchp(&child->pid_watch);
	loop_unwatchp(&child->timer);
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	free(child);
}

static void finish_if_over(struct child *child)
{
	struct child_result result = { .timed_out = child->timed_out };

	if (!child->exited || child->watch[0] || child->watch[1])
		return;
	if (waitpid(child->pid, &result.status, 0) < 0)
		result.status = 0xff00;
	child->pid = 0;
	result.out = child->text[0].bytes ? child->text[0].bytes : "";
	result.out_len = child->text[0].len;
	result.errors = child->text[1].bytes ? child->text[1].bytes : "";
	child->done(child->arg, &result);
	release(child);
}

static void ended(void *arg, uint32_t events)
{
	struct child *child = arg;

	(void)events;
	child->exited = true;
	loop_unwatchp(&child->pid_watch);
	finish_if_over(child);
}

static void drain(struct child *child, int i)
{
	char bytes[4096];
	ssize_t n = read(child->pipe[i], bytes, sizeof(bytes));

	if (n > 0 && child->text[i].len < OUTPUT_MAX)
		text_add_bytes(&child->text[i], bytes, (size_t)n);
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return;
	loop_unwatchp(&child->watch[i]);
	finish_if_over(child);
}

static void out_ready(void *arg, uint32_t events)
{
	(void)events;
	drain(arg, 0);
}

static void err_ready(void *arg, uint32_t events)
{
	(void)events;
	drain(arg, 1);
}

/* A grandchild that keeps the pipe open must not keep us waiting: let go of the pipes too. */
static void too_late(void *arg)
{
	struct child *child = arg;

	child->timed_out = true;
	(void)kill(-child->pid, SIGKILL);
	(void)kill(child->pid, SIGKILL);
	loop_unwatchp(&child->watch[0]);
	loop_unwatchp(&child->watch[1]);
	finish_if_over(child);
}

static int watch(struct child *child, uint64_t limit_ns, struct cleat_error *err)
{
	static void (*const ready[2])(void *arg, uint32_t events) = { out_ready, err_ready };
	int r = 0;

	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		return cleat_fail(err, errno, "cannot watch a process: %m");
	for (int i = 0; r == 0 && i < 2; i++)
		if (child->pipe[i] >= 0)
			r = loop_watch_fd(child->loop, child->pipe[i], EPOLLIN, ready[i], child,
					  &child->watch[i], err);
	if (r == 0)
		r = loop_watch_fd(child->loop, child->pidfd, EPOLLIN, ended, child,
				  &child->pid_watch, err);
	if (r == 0 && limit_ns)
		r = loop_watch_timer(child->loop, limit_ns, too_late, child, &child->timer, err);
	return r;
}

/* A memfd rather than a pipe: the input is there before the program starts, whatever its size. */
static int open_input(const struct child_spec *spec)
{
	if (!spec->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, spec->input, spec->input_len) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return take_fd(&fd);
}

static int spawn(struct child *child, const struct child_spec *spec, struct cleat_error *err)
{
	_cleanup_close_ int in = open_input(spec);
	_cleanup_close_ int out_w = -1;
	_cleanup_close_ int err_w = -1;
	_cleanup_close_ int report_r = -1;
	_cleanup_close_ int report_w = -1;
	int ends[2];
	int number = 0;
	pid_t parent = getpid();
	sigset_t all;
	sigset_t before;

	if (in < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run '%s': %m", spec->program);
	child->pipe[0] = ends[0];
	out_w = ends[1];
	if (!spec->combined) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return cleat_fail(err, errno, "cannot run '%s': %m", spec->program);
		child->pipe[1] = ends[0];
		err_w = ends[1];
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run '%s': %m", spec->program);
	report_r = ends[0];
	report_w = ends[1];
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	child->pid = fork();
	if (child->pid == 0)
		exec_child(spec, in, (const int[2]){ out_w, spec->combined ? out_w : err_w },
			   report_w, parent);
	number = child->pid < 0 ? errno : 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (number)
		return cleat_fail(err, number, "cannot run '%s': cannot fork: %m", spec->program);
	(void)close(take_fd(&report_w));
	if (read(report_r, &number, sizeof(number)) == sizeof(number))
		return cleat_fail(err, number, "cannot run '%s': %m", spec->program);
	return 0;
}

int child_start(struct loop *loop, const struct child_spec *spec, child_done done, void *arg,
		struct child **out, struct cleat_error *err)
{
	struct child *child = calloc(1, sizeof(*child));

	if (!child)
		return cleat_fail(err, ENOMEM, "cannot run '%s': %m", spec->program);
	child->loop = loop;
	child->pidfd = child->pipe[0] = child->pipe[1] = -1;
	child->done = done;
	child->arg = arg;
	int r = spawn(child, spec, err);

	for (int i = 0; i < 2; i++)
		if (child->pipe[i] >= 0)
			(void)fcntl(child->pipe[i], F_SETFL, O_NONBLOCK);
	if (r == 0)
		r = watch(child, spec->limit_ns, err);
	if (r < 0) {
		child_cancel(child);
		return r;
	}
	if (out)
		*out = child;
	return 0;
}

void child_cancel(struct child *child)
{
	if (!child)
		return;
	if (child->pid > 0) {
		(void)kill(-child->pid, SIGKILL);
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
	}
	release(child);
}
