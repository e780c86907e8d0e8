/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - an operation as a table of named steps, one after another, that waits instead of blocking.
 *
 * The order of an operation is data that fits on one screen. A step finishes at once or waits for an
 * event (an answer, a timer, a child). When one fails, those that had finished are undone in reverse.
 * Jobs of one queue run one after another, so a queue is what a lock would be; jobs of different
 * queues interleave. No threads.
 */
#ifndef CORE_TASK_JOB_H
#define CORE_TASK_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/error.h>

struct job;
struct loop;

enum { JOB_DONE = 0, JOB_WAIT = 1 };

/** What a step does: JOB_DONE, JOB_WAIT (job_resume will be called later), or an error. */
typedef int (*job_run)(struct job *job, struct cleat_error *err);

struct job_step {
	const char *does; /* "make the bundle": for the log */
	job_run run;
	job_run undo; /* NULL: nothing to undo. May wait too; its failure is logged. */
};

struct job_kind {
	const char *name; /* "create" */
	const struct job_step *steps;
	size_t nsteps;
};

/** Jobs that run one after another. Zero-initialise all but `loop`; legal to embed. */
struct job_queue {
	struct loop *loop;
	struct job *first, *last;
	const char *label;       /* of the log lines: the container's id */
	void (*idle)(void *arg); /* the last job is gone; may free the queue */
	void *arg;
	bool starting; /* the loop will start the first one */
};

/** Told once how a job ended; @err->errnum is 0 for success. The job still exists. */
typedef void (*job_done)(void *arg, struct job *job, const struct cleat_error *err);

/**
 * Append a job. It starts from the loop, never before this returns. @data belongs to the job:
 * @free_data(data) is called when it is over. @done may be NULL.
 */
int job_add(struct job_queue *queue, const struct job_kind *kind, void *data,
	    void (*free_data)(void *data), job_done done, void *arg, struct cleat_error *err);
/** The same, but before all jobs that have not started yet. */
int job_add_next(struct job_queue *queue, const struct job_kind *kind, void *data,
		 void (*free_data)(void *data), job_done done, void *arg, struct cleat_error *err);
/** The event has come: the step that waits has finished, or failed when @err has an errnum. */
void job_resume(struct job *job, const struct cleat_error *err);
/** What job_add was given. */
void *job_data(const struct job *job);
/** Is the job going backwards? What it failed with; NULL while it goes forwards. */
const struct cleat_error *job_failure(const struct job *job);

#endif
