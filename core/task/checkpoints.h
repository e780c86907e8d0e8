/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoints.h - images of containers: <root>/checkpoints/NAMESPACE/ID/NAME.
 *
 * What is being written has a name that begins with a dot: after a crash it is no checkpoint.
 */
#ifndef CORE_TASK_CHECKPOINTS_H
#define CORE_TASK_CHECKPOINTS_H

#include "task/task.h"

struct strings;

/** checkpoint.c: write one; without @leave_running the container has ended by then. EEXIST, EBUSY. */
int task_checkpoint(struct task *task, const char *name, bool leave_running, task_done done,
		    void *arg, struct cleat_error *err);
/** May a checkpoint be called @name? EINVAL. */
int checkpoints_check_name(const char *name, struct cleat_error *err);
/** Absolute path of checkpoint @name, which must exist. Free *out. ENOENT, EINVAL. */
int checkpoints_find(const struct task *task, const char *name, char **out,
		     struct cleat_error *err);
/** Their names, sorted. */
int checkpoints_list(const struct task *task, struct strings *out, struct cleat_error *err);
/** ENOENT. */
int checkpoints_remove(const struct task *task, const char *name, struct cleat_error *err);
/** Those of a container that goes. */
int checkpoints_remove_all(const struct task *task, struct cleat_error *err);
/** Make the directory in which checkpoint @name begins. EEXIST: there is one of that name. */
int checkpoints_begin(const struct task *task, const char *name, char **out_path,
		      struct cleat_error *err);
/** It is whole: give it its name. */
int checkpoints_keep(const struct task *task, const char *name, struct cleat_error *err);
/** Was one being made when the last daemon died? What there is of it goes. */
bool checkpoints_interrupted(const struct task *task);
/** It has failed. */
void checkpoints_discard(const struct task *task, const char *name);

#endif
