/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - between our terminal and the container's. */
#include "terminal.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

enum { OURS, MASTER };

void terminal_resize(struct terminal *terminal)
{
	struct winsize size = { 0 };

	if (terminal->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(terminal->master, TIOCSWINSZ, &size); /* gone when the program is */
}

void terminal_attach(struct terminal *terminal, int master)
{
	terminal->master = master;
	(void)fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK); /* a pty knows both flags */
	if (tcgetattr(STDIN_FILENO, &terminal->before) == 0) {
		struct termios raw = terminal->before;

		cfmakeraw(&raw);
		terminal->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	terminal_resize(terminal);
}

void terminal_interest(const struct terminal *terminal, struct pollfd fds[TERMINAL_FDS])
{
	bool reads = terminal->master >= 0 && !terminal->input_ended && terminal->pending == 0;

	fds[OURS] = (struct pollfd){ .fd = reads ? STDIN_FILENO : -1, .events = POLLIN };
	fds[MASTER] = (struct pollfd){ .fd = terminal->master, .events = POLLIN };
	if (terminal->pending)
		fds[MASTER].events |= POLLOUT;
}

static void read_input(struct terminal *terminal)
{
	ssize_t n = read(STDIN_FILENO, terminal->input, sizeof(terminal->input));

	if (n > 0) {
		terminal->pending = (size_t)n;
	} else if (n == 0 || errno != EINTR) {
		/* Our input is over: say so in the terminal's own way, as a person would. */
		terminal->input_ended = true;
		terminal->input[0] = 4; /* VEOF */
		terminal->pending = 1;
	}
}

static void write_input(struct terminal *terminal)
{
	ssize_t n = write(terminal->master, terminal->input, terminal->pending);

	if (n <= 0)
		return;
	terminal->pending -= (size_t)n;
	memmove(terminal->input, terminal->input + n, terminal->pending);
}

/* False when there is nothing (more). EIO: the last slave is closed, ours to wait for the end. */
static bool copy_output(struct terminal *terminal)
{
	char buffer[TERMINAL_BUFFER];
	ssize_t n = read(terminal->master, buffer, sizeof(buffer));

	if (n > 0) {
		(void)fd_write_all(STDOUT_FILENO, buffer, (size_t)n); /* a vanished reader */
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		terminal->master = -1; /* else poll would report it for ever */
	return false;
}

void terminal_pump(struct terminal *terminal, const struct pollfd fds[TERMINAL_FDS])
{
	if (fds[OURS].revents)
		read_input(terminal);
	if (terminal->pending && terminal->master >= 0)
		write_input(terminal);
	if (fds[MASTER].revents & (POLLIN | POLLHUP | POLLERR))
		(void)copy_output(terminal);
}

void terminal_drain(struct terminal *terminal)
{
	while (terminal->master >= 0 && copy_output(terminal))
		;
}

void terminal_fini(struct terminal *terminal)
{
	int saved = errno;

	if (terminal->raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
	terminal->raw = false;
	errno = saved;
}
