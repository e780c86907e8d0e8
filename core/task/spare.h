/* SPDX-License-Identifier: Apache-2.0 */
/* spare.h - copies of what only a shim holds, so that its death is not the program's. */
#ifndef CORE_TASK_SPARE_H
#define CORE_TASK_SPARE_H

#include <sys/types.h>

struct task;

/** What task->spare[] holds: descriptors plus one, 0 for none. */
enum { SPARE_MASTER, SPARE_IN, SPARE_OUT };

/** Hold what the shim said in adopt.json. Nothing happens where nothing would be missed. */
void spare_keep(struct task *task, pid_t shim);
/** The program is to see the end of its input. */
void spare_release_input(struct task *task);
void spare_release(struct task *task);

#endif
