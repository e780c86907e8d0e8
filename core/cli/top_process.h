/* SPDX-License-Identifier: Apache-2.0 */
/* top_process.h - one process of this machine, in the columns of `ps -ef`. */
#ifndef CORE_CLI_TOP_PROCESS_H
#define CORE_CLI_TOP_PROCESS_H

#include <stdint.h>

#include "cli/arena.h"

enum { TOP_CELLS = 8 };
/** "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD", NULL. */
extern const char *const top_headings[TOP_CELLS + 1];

/** Read process @pid in /proc; -ESRCH when it has gone. */
int top_process(struct arena *arena, unsigned pid, const char *cells[TOP_CELLS]);

/** What ps calls a terminal with the device number of stat(5): "pts/3", "tty1", "?". */
const char *top_terminal(struct arena *arena, int device);
/** When it was started, as ps says it: "21:04" today, "Nov29" this year, "2025". Nanoseconds since 1970. */
const char *top_started(struct arena *arena, uint64_t started, uint64_t now);

#endif
