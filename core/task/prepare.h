/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare.h - what prepare.c and start.c share: one job's data, and the steps of the start.
 *
 * "prepare" and "start" are jobs of their own for an attached client. A detached or automatic start
 * is both in one job: no other job of the container can come in between.
 */
#ifndef CORE_TASK_PREPARE_H
#define CORE_TASK_PREPARE_H

#include "task/task.h"

struct prepare {
	struct task *task;
	struct task_prepare how;
	struct root_mounts root;
	char *checkpoint; /* how.checkpoint, ours */
	int64_t phase_before;
	int exit_code;
	task_start_done done;
	void *arg;
};

/** prepare_root.c: a step that fills in `root`. */
int prepare_root(struct job *job, struct cleat_error *err);

/* start.c: the steps after a prepare */
int start_wanted(struct job *job, struct cleat_error *err);
int start_record(struct job *job, struct cleat_error *err);
int start_unrecord(struct job *job, struct cleat_error *err);
int start_program(struct job *job, struct cleat_error *err);
/** The end of a job with them. */
void start_ended(void *arg, struct job *job, const struct cleat_error *err);

/** 127, 126 or 128 when @err means that the program could not be run; 0: the engine failed.
 *  @starting: the answer of Start, else of Create. */
int program_exit_code(const struct cleat_error *err, bool starting);
/** Record why a start failed; with --rm the container goes. */
void task_start_failed(struct task *task, int exit_code, const struct cleat_error *err);

#endif
