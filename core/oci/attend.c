/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attend.c - stay with a process in the foreground.
 *
 * All signals are blocked and read from a descriptor: there is no handler, so every way out passes
 * through here and the terminal is restored on each.
 */
#include "attend.h"

#include "terminal.h"

#include "base/process.h"

#include <cleat/cleanup.h>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

static void signals_of_interest(sigset_t *set)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

	(void)sigfillset(set);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		(void)sigdelset(set, faults[i]); /* our own bugs, not messages */
}

void attend_prepare(void)
{
	sigset_t set;

	signals_of_interest(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL); /* fails only for bad arguments */
}

/* Reap whatever has ended. True when it was @pid, with its status. */
static bool reap(pid_t pid, int *out_status)
{
	bool ended = false;
	int status = 0;
	pid_t who = 0;

	while (!ended && (who = waitpid(-1, &status, WNOHANG)) > 0)
		if (who == pid) {
			*out_status =
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			ended = true;
		}
	return ended;
}

static void pass_on(const struct attended *who, struct terminal *terminal, int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGWINCH && who->console_fd >= 0)
			terminal_resize(terminal);
		else if (number != SIGCHLD && number != SIGURG && number != SIGPIPE &&
			 number != SIGWINCH)
			(void)process_signal(who->pidfd, number); /* it may just have ended */
	}
}

enum { AT_SIGNAL, AT_END, AT_TERMINAL };

static int watch(const struct attended *who, struct terminal *terminal, int signal_fd,
		 struct cleat_error *err)
{
	int status = 0;

	for (;;) {
		struct pollfd fds[AT_TERMINAL + TERMINAL_FDS] = {
			[AT_SIGNAL] = { .fd = signal_fd, .events = POLLIN },
			[AT_END] = { .fd = who->pidfd, .events = POLLIN },
		};

		terminal_interest(terminal, fds + AT_TERMINAL);
		if (poll(fds, AT_TERMINAL + TERMINAL_FDS, -1) < 0 && errno != EINTR)
			return cleat_fail(err, errno, "cannot wait for the container: %m");
		if (fds[AT_SIGNAL].revents)
			pass_on(who, terminal, signal_fd);
		terminal_pump(terminal, fds + AT_TERMINAL);
		if (reap(who->pid, &status))
			return status;
	}
}

int attend(const struct attended *who, struct cleat_error *err)
{
	_cleanup_terminal_ struct terminal terminal = TERMINAL_NONE;
	_cleanup_close_ int signal_fd = -1;
	sigset_t set;

	signals_of_interest(&set);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		return cleat_fail(err, errno, "cannot watch for signals: %m");
	if (who->console_fd >= 0)
		terminal_attach(&terminal, who->console_fd);
	int status = watch(who, &terminal, signal_fd, err);

	terminal_drain(&terminal);
	return status;
}
