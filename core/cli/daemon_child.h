/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_child.h - fork and exec of a daemon that keeps nothing of its caller. */
#ifndef CORE_CLI_DAEMON_CHILD_H
#define CORE_CLI_DAEMON_CHILD_H

#include <sys/types.h>

#include <cleat/error.h>

struct daemon_child {
	const char *program;
	char *const *argv;
	char *const *environment;
	int log_fd; /* becomes stdout and stderr */
};

/** Start it, reparented to init. *out_pid is no child of ours. An exec that fails is reported here. */
int daemon_child_start(const struct daemon_child *child, pid_t *out_pid, struct cleat_error *err);

#endif
