/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h - what exec.c and exec_start.c share. */
#ifndef CORE_TASK_EXEC_H
#define CORE_TASK_EXEC_H

#include "task/task.h"

struct exec *exec_add(struct task *task, const char *id);
void exec_free(struct exec *exec);
/** Off the list, fifos removed, freed. */
void exec_forget(struct exec *exec);
/** Tell "exec_create" or "exec_start", with the command as docker does. */
void exec_event(const struct exec *exec, const char *action);

#endif
