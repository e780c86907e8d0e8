/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.c - the user's terminal: raw while a program in a container has it, and put back after.
 *
 * The one piece of state here is a property of the process: there is one controlling terminal, and a
 * signal handler must be able to put it back (tcsetattr is async-signal-safe, POSIX 2.4.3).
 */
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t is_raw;

int terminal_check(bool terminal, bool interactive, struct cleat_error *err)
{
	if (terminal && interactive && !isatty(STDIN_FILENO))
		return cleat_fail(
			err, EINVAL,
			"the input device is not a TTY: cannot attach stdin to a TTY-enabled "
			"container because stdin is not a terminal");
	return 0;
}

void terminal_size(uint32_t *rows, uint32_t *columns)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size); /* neither: zeros */
	*rows = size.ws_row;
	*columns = size.ws_col;
}

void terminal_restore(void)
{
	if (!is_raw)
		return;
	is_raw = 0;
	/* Not TCSADRAIN: a stopped terminal must not hold us. */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void crashed(int signal_number)
{
	terminal_restore();
	(void)raise(signal_number); /* SA_RESETHAND: now it kills */
}

static void restore_on_every_way_out(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction action = { .sa_handler = crashed,
				    .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		(void)sigaction(crashes[i], &action, NULL);
	(void)atexit(terminal_restore);
}

int terminal_raw(struct cleat_error *err)
{
	struct termios raw;

	if (is_raw || !isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return cleat_fail(err, errno, "cannot read the terminal's settings: %m");
	raw = before;
	cfmakeraw(&raw);
	restore_on_every_way_out();
	is_raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0) {
		is_raw = 0;
		return cleat_fail(err, errno, "cannot make the terminal raw: %m");
	}
	return 0;
}
