/* SPDX-License-Identifier: Apache-2.0 */
/* kill.h - what kill.c offers to stop.c and remove.c. */
#ifndef CORE_TASK_KILL_H
#define CORE_TASK_KILL_H

#include "task/task.h"

/**
 * Queue one signal, to init or to @everyone. @stop: the user wants it down; recorded before the
 * signal is sent, a pending restart is cancelled, and that nothing runs is success.
 */
int task_signal(struct task *task, int signal, bool everyone, bool stop, task_done done, void *arg,
		struct cleat_error *err);
/** Is the wish on the disk by now? Else one more try, and an error that says what that means. */
int kill_recorded(struct task *task, struct cleat_error *err);

#endif
