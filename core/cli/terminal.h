/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - the user's terminal: raw while a program in a container has it, and put back on every way out. */
#ifndef CORE_CLI_TERMINAL_H
#define CORE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

/** With -t and -i standard input has to be a terminal: EINVAL with docker's sentence. */
int terminal_check(bool terminal, bool interactive, struct cleat_error *err);
/** Size of the terminal on stdout or stdin; 0 and 0 when there is none. */
void terminal_size(uint32_t *rows, uint32_t *columns);
/** Make the terminal on stdin raw, if it is one; it is restored by terminal_restore, exit and crash. */
int terminal_raw(struct cleat_error *err);
/** Undo terminal_raw. Safe at any time, also in a signal handler, also twice. */
void terminal_restore(void);

#endif
