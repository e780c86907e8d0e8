/* SPDX-License-Identifier: Apache-2.0 */
/* shim_process.h - the shim's own process: known, so that one that is stuck can be ended. */
#ifndef CORE_TASK_SHIM_PROCESS_H
#define CORE_TASK_SHIM_PROCESS_H

#include "task/task.h"

/** Ask the shim for its pid, and keep it with its start time in <bundle>/shim.pid, in its own time. */
int shim_process_learn(struct task *task, struct cleat_error *err);
/** A pidfd of it; -ESRCH when it is gone, or a zombie, or was never known. */
int shim_process_open(const struct task *task);
/** SIGKILL it, if it is still the same process and nobody else's container hangs on it. */
void shim_process_kill(struct task *task);

#endif
