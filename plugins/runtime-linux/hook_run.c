/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_run.c - run one hook to its end.
 *
 * Its stdin is a memfd with the state document: nobody has to feed a pipe, and a hook that does
 * not read costs nothing. What it prints is drained, and the last line goes into the error; only
 * its own end counts, so a daemon that it leaves behind with our pipe does not hold us up.
 */
#include "hook_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

/* The last words of a hook: a window that moves over its output. */
struct words {
	char text[160];
	size_t len;
};

struct run {
	const struct hook *hook;
	pid_t pid;
	int pidfd, output_fd;
	struct words words;
};

static int64_t now_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int state_file(const char *state, struct cleat_error *err)
{
	_cleanup_close_ int fd = memfd_create("state", MFD_CLOEXEC);
	size_t len = strlen(state);

	if (fd < 0 || write(fd, state, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		return cleat_fail(err, errno, "cannot write the state for a hook: %m");
	return take_fd(&fd);
}

/* Default dispositions: the caller may ignore or block what the hook counts on. */
static void reset_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* some cannot be set, and need not be */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const struct hook *hook, int state_fd, int output_fd, int report_fd,
		   const char *cwd) __attribute__((noreturn));
static void become(const struct hook *hook, int state_fd, int output_fd, int report_fd,
		   const char *cwd)
{
	int failed = 0;

	reset_signals();
	/* above 2 first: they may be 0 to 2 themselves; 3 stays free for close_range below */
	state_fd = fcntl(state_fd, F_DUPFD_CLOEXEC, 4);
	output_fd = fcntl(output_fd, F_DUPFD_CLOEXEC, 4);
	report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, 4);
	if (dup2(state_fd, 0) < 0 || dup2(output_fd, 1) < 0 || dup2(output_fd, 2) < 0 ||
	    syscall(SYS_close_range, 3, report_fd - 1, 0) < 0 ||
	    syscall(SYS_close_range, report_fd + 1, UINT32_MAX, 0) < 0 || (cwd && chdir(cwd) < 0))
		failed = errno;
	if (!failed) {
		execve(hook->path, hook->args, hook->env);
		failed = errno;
	}
	(void)!write(report_fd, &failed, sizeof(failed)); /* the exit status says it otherwise */
	_exit(127);
}

/* Fork and execve; returns when execve has worked or failed. */
static int start(struct run *run, const char *state, const char *cwd, struct cleat_error *err)
{
	const struct hook *hook = run->hook;
	_cleanup_close_ int state_fd = state_file(state, err);
	int output[2];
	int report[2];
	int failed = 0;

	if (state_fd < 0)
		return state_fd;
	if (pipe2(output, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run %s hook '%s': %m", hook->kind,
				  hook->path);
	run->output_fd = output[0];
	_cleanup_close_ int output_end = output[1];

	if (pipe2(report, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run %s hook '%s': %m", hook->kind,
				  hook->path);
	_cleanup_close_ int report_fd = report[0];
	_cleanup_close_ int report_end = report[1];

	run->pid = fork();
	if (run->pid == 0)
		become(hook, state_fd, output_end, report_end, cwd);
	if (run->pid < 0)
		return cleat_fail(err, errno, "cannot run %s hook '%s': %m", hook->kind,
				  hook->path);
	close(take_fd(&report_end));
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (read(report_fd, &failed, sizeof(failed)) == (ssize_t)sizeof(failed))
		return cleat_fail(err, failed, "cannot run %s hook '%s': %m", hook->kind,
				  hook->path);
	if (run->pidfd < 0)
		return cleat_fail(err, errno, "cannot watch %s hook '%s': %m", hook->kind,
				  hook->path);
	return 0;
}

static void keep_words(struct words *w, const char *text, size_t len)
{
	size_t room = sizeof(w->text) - 1;

	if (len > room) {
		text += len - room;
		len = room;
	}
	if (w->len + len > room) {
		size_t drop = w->len + len - room;

		memmove(w->text, w->text + drop, w->len - drop);
		w->len -= drop;
	}
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->text[w->len] = '\0';
}

/* Read what is there; false at the end. */
static bool drain(struct run *run)
{
	char buffer[4096];
	ssize_t n = read(run->output_fd, buffer, sizeof(buffer));

	if (n > 0)
		keep_words(&run->words, buffer, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Until the hook ends or its time is over: 0 or -ETIMEDOUT. */
static int watch(struct run *run)
{
	int64_t end = run->hook->timeout_ms ? now_ms() + run->hook->timeout_ms : INT64_MAX;
	struct pollfd fds[2] = {
		{ .fd = run->pidfd, .events = POLLIN },
		{ .fd = run->output_fd, .events = POLLIN },
	};

	(void)fcntl(run->output_fd, F_SETFL, O_NONBLOCK); /* cannot fail on a pipe */
	for (;;) {
		int64_t left = end - now_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		int n = poll(fds, 2, left > INT32_MAX ? -1 : (int)left);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (fds[1].revents && !drain(run))
			fds[1].fd = -1;
		if (fds[0].revents)
			return 0;
	}
}

static pid_t reap(pid_t pid, int *status)
{
	pid_t n;

	do {
		n = waitpid(pid, status, 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* The last line of the output, printable, to end a sentence with. */
static const char *last_words(struct words *w)
{
	while (w->len > 0 && (unsigned char)w->text[w->len - 1] <= ' ')
		w->text[--w->len] = '\0';
	char *newline = strrchr(w->text, '\n');
	char *line = newline ? newline + 1 : w->text;

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return line;
}

static int judge(struct run *run, int status, struct cleat_error *err)
{
	const struct hook *hook = run->hook;

	/* what was written just before the end; bounded, for somebody else may go on writing */
	for (int i = 0; i < 64 && run->output_fd >= 0; i++) {
		errno = 0;
		if (!drain(run) || errno == EAGAIN)
			break;
	}
	const char *words = last_words(&run->words);
	const char *colon = *words ? ": " : "";

	if (WIFSIGNALED(status))
		return cleat_fail(err, EIO, "%s hook '%s' was killed by signal %d%s%s", hook->kind,
				  hook->path, WTERMSIG(status), colon, words);
	if (WEXITSTATUS(status) != 0)
		return cleat_fail(err, EIO, "%s hook '%s' exited with %d%s%s", hook->kind,
				  hook->path, WEXITSTATUS(status), colon, words);
	return 0;
}

int hook_run(const struct hook *hook, const char *state, const char *cwd, struct cleat_error *err)
{
	struct run run = { .hook = hook, .pid = -1, .pidfd = -1, .output_fd = -1 };
	int status = 0;
	int rc = start(&run, state, cwd, err);
	_cleanup_close_ int pidfd = run.pidfd;
	_cleanup_close_ int output_fd = run.output_fd;

	if (run.pid < 0)
		return rc;
	int ended = rc < 0 ? 0 : watch(&run);

	if (rc < 0 || ended < 0)
		(void)kill(run.pid,
			   SIGKILL); /* our child, not yet waited for: the pid is its own */
	if (reap(run.pid, &status) < 0 && rc == 0)
		rc = cleat_fail(err, errno, "cannot wait for %s hook '%s': %m", hook->kind,
				hook->path);
	if (rc < 0)
		return rc;
	if (ended == -ETIMEDOUT)
		return cleat_fail(err, ETIMEDOUT,
				  "%s hook '%s' did not end within %d s and was killed", hook->kind,
				  hook->path, hook->timeout_ms / 1000);
	if (ended < 0)
		return cleat_fail(err, -ended, "cannot wait for %s hook '%s': %m", hook->kind,
				  hook->path);
	return judge(&run, status, err);
}
