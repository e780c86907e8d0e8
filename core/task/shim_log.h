/* SPDX-License-Identifier: Apache-2.0 */
/* shim_log.h - a shim's own log lines, by the fifo <bundle>/log. */
#ifndef CORE_TASK_SHIM_LOG_H
#define CORE_TASK_SHIM_LOG_H

#include "task/task.h"

/** Open (after a restart of ours) or @make and open. */
int shim_log_open(struct task *task, bool make, struct cleat_error *err);
void shim_log_close(struct task *task); /* not open: fine */

#endif
