/* SPDX-License-Identifier: Apache-2.0 */
/* attend.h - stay with a process in the foreground: its signals, its terminal, its end. */
#ifndef CORE_OCI_ATTEND_H
#define CORE_OCI_ATTEND_H

#include <sys/types.h>

#include <cleat/error.h>

struct attended {
	pid_t pid;             /* our child */
	int pidfd, console_fd; /* borrowed; console -1: it has our own stdio */
};

/** Block the signals that will be passed on. Call it before the process runs, so that none is lost. */
void attend_prepare(void);
/** Pass signals on, copy the terminal, reap orphans; the exit status, or 128 + the signal. */
int attend(const struct attended *who, struct cleat_error *err);

#endif
