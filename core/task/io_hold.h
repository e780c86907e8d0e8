/* SPDX-License-Identifier: Apache-2.0 */
/* io_hold.h - stand in for a client that has not opened its fifos yet. */
#ifndef CORE_TASK_IO_HOLD_H
#define CORE_TASK_IO_HOLD_H

#include "task/task.h"

/** Of a foreign shim's task only. */
void io_hold(struct task *task);
void io_release(struct task *task);

#endif
