/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.h - what prepare.c and start.c share: what a failure of the program is called. */
#ifndef CORE_TASK_PREPARE_H
#define CORE_TASK_PREPARE_H

#include "task/task.h"

/** 127, 126 or 128 when @err means that the program could not be run; 0: the engine failed.
 *  @starting: the answer of Start, else of Create. */
int program_exit_code(const struct cleat_error *err, bool starting);
/** Record why a start failed; with --rm the container goes. */
void task_start_failed(struct task *task, int exit_code, const struct cleat_error *err);

#endif
