/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - between our terminal and the container's: raw mode, size, bytes both ways. */
#ifndef CORE_OCI_TERMINAL_H
#define CORE_OCI_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum { TERMINAL_FDS = 2, TERMINAL_BUFFER = 4096 };

struct terminal {
	int master; /* borrowed; -1: none */
	bool raw, input_ended;
	struct termios before;
	size_t pending; /* bytes of input that the master has not taken yet */
	char input[TERMINAL_BUFFER];
};

#define TERMINAL_NONE ((struct terminal){ .master = -1 })

/** Put our terminal (if stdin is one) into raw mode and give its size to @master. */
void terminal_attach(struct terminal *terminal, int master);
/** Give our size to the container's terminal. */
void terminal_resize(struct terminal *terminal);
/** Which descriptors to poll for, and what to do when they are ready. */
void terminal_interest(const struct terminal *terminal, struct pollfd fds[TERMINAL_FDS]);
void terminal_pump(struct terminal *terminal, const struct pollfd fds[TERMINAL_FDS]);
/** After the end: copy what is still in the master. Never waits. */
void terminal_drain(struct terminal *terminal);
/** Restore our terminal. */
void terminal_fini(struct terminal *terminal);
#define _cleanup_terminal_ __attribute__((cleanup(terminal_fini)))

#endif
