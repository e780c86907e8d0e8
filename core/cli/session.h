/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - this process as the front end of a program in a container: its standard input and
 * output, its terminal, its signals, its exit code. For run, start -a and exec.
 */
#ifndef CORE_CLI_SESSION_H
#define CORE_CLI_SESSION_H

#include "cli/cli.h"

struct detach_keys;

/** What was prepared by the daemon, and what to do with it. */
struct session_plan {
	const char *id;             /* container */
	const char *exec_id;        /* NULL: its init */
	const char *in, *out, *err; /* fifos; "" where nothing is attached */
	bool attach;                /* no fifos: ask the daemon for a way to the streams */
	bool input;                 /* then: standard input too */
	bool running;               /* it runs already, and our leaving is nothing to it */
	bool terminal;
	struct detach_keys *keys; /* with a terminal: leave, and the program goes on; NULL: none */
	bool sig_proxy;
	bool removed; /* --rm: done when the container is gone */
};

/**
 * Start the program (or come to one that runs) and stay until it has ended and everything it wrote was copied. Returns its exit
 * code (0 to 255; 0 when the user detached), or -errno with cli->err: then it was not started. The terminal is restored.
 */
int session_run(struct cli *cli, const struct session_plan *plan);
/** Print why the program could not be run, and give @code back: 126 or 127. */
int session_cannot(struct cli *cli, int code, const char *why);

#endif
