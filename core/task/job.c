/* SPDX-License-Identifier: Apache-2.0 */
/* job.c - steps forwards, and backwards after a failure. */
#include "task/job.h"

#include "base/log.h"
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct job {
	struct job *next;
	struct job_queue *queue;
	const struct job_kind *kind;
	void *data;
	void (*free_data)(void *data);
	job_done done;
	void *arg;
	size_t at; /* the step that runs; when undoing, one more than the step to undo */
	bool undoing, waiting;
	struct cleat_error why;
};

static void advance(struct job *job);

static void start_first(void *arg)
{
	struct job_queue *queue = arg;

	queue->starting = false;
	if (queue->first)
		advance(queue->first);
}

static void start_soon(struct job_queue *queue)
{
	if (queue->starting)
		return;
	queue->starting = true;
	if (loop_defer(queue->loop, start_first, queue) < 0) {
		/* Out of memory: then now, a deeper stack is better than a job that never runs. */
		start_first(queue);
	}
}

static struct job *job_new(struct job_queue *queue, const struct job_kind *kind, void *data,
			   void (*free_data)(void *data), job_done done, void *arg,
			   struct cleat_error *err)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		(void)cleat_fail(err, ENOMEM, "cannot %s: out of memory", kind->name);
		return NULL;
	}
	job->queue = queue;
	job->kind = kind;
	job->data = data;
	job->free_data = free_data;
	job->done = done;
	job->arg = arg;
	return job;
}

static void insert(struct job **at, struct job *job)
{
	struct job_queue *queue = job->queue;

	job->next = *at;
	*at = job;
	if (!job->next)
		queue->last = job;
	if (queue->first == job)
		start_soon(queue);
}

int job_add(struct job_queue *queue, const struct job_kind *kind, void *data,
	    void (*free_data)(void *data), job_done done, void *arg, struct cleat_error *err)
{
	struct job *job = job_new(queue, kind, data, free_data, done, arg, err);

	if (!job)
		return -err->errnum;
	insert(queue->last ? &queue->last->next : &queue->first, job);
	return 0;
}

int job_add_next(struct job_queue *queue, const struct job_kind *kind, void *data,
		 void (*free_data)(void *data), job_done done, void *arg, struct cleat_error *err)
{
	struct job *job = job_new(queue, kind, data, free_data, done, arg, err);

	if (!job)
		return -err->errnum;
	/* the first one runs, unless it is yet to be started */
	insert(queue->first && !queue->starting ? &queue->first->next : &queue->first, job);
	return 0;
}

static void end(struct job *job)
{
	struct job_queue *queue = job->queue;

	log_line(CLEAT_DEBUG, "%s: job %s ended: %s", queue->label ? queue->label : "-",
		 job->kind->name, job->why.errnum ? job->why.text : "done");
	if (job->done)
		job->done(job->arg, job, &job->why);
	if (job->free_data)
		job->free_data(job->data);
	queue->first = job->next;
	if (!queue->first)
		queue->last = NULL;
	free(job);
	if (queue->first)
		start_soon(queue);
	else if (queue->idle)
		queue->idle(queue->arg);
}

static void fail(struct job *job, const struct cleat_error *err)
{
	const char *label = job->queue->label ? job->queue->label : "-";

	if (job->undoing) {
		log_line(CLEAT_WARN, "%s: cannot undo '%s' of job %s: %s, going on without it",
			 label, job->kind->steps[job->at].does, job->kind->name, err->text);
		return;
	}
	log_line(CLEAT_DEBUG, "%s: job %s: cannot %s: %s", label, job->kind->name,
		 job->kind->steps[job->at].does, err->text);
	job->why = *err;
	if (!job->why.errnum)
		job->why.errnum = EIO;
	job->undoing = true;
}

static int run_step(struct job *job, struct cleat_error *err)
{
	const struct job_step *step = &job->kind->steps[job->at];
	job_run run = job->undoing ? step->undo : step->run;

	if (!run)
		return JOB_DONE;
	int r = run(job, err);

	job->waiting = r == JOB_WAIT;
	return r;
}

/* Is there a step left in the direction that we go? Makes it the current one. */
static bool next_step(struct job *job)
{
	if (!job->undoing)
		return job->at < job->kind->nsteps;
	if (job->at == 0)
		return false;
	job->at--;
	return true;
}

static void advance(struct job *job)
{
	while (next_step(job)) {
		struct cleat_error err = { 0 };
		int r = run_step(job, &err);

		if (r == JOB_WAIT)
			return;
		if (r < 0)
			fail(job, &err);
		else if (!job->undoing)
			job->at++;
	}
	end(job);
}

void job_resume(struct job *job, const struct cleat_error *err)
{
	assert(job->waiting); /* never from within the step itself */
	job->waiting = false;
	if (err && err->errnum)
		fail(job, err);
	else if (!job->undoing)
		job->at++;
	advance(job);
}

void *job_data(const struct job *job)
{
	return job->data;
}

const struct cleat_error *job_failure(const struct job *job)
{
	return job->why.errnum ? &job->why : NULL;
}
