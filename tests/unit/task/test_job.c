/* SPDX-License-Identifier: Apache-2.0 */
/* test_job.c - order, waiting, undo in reverse, one queue at a time. */
#include "task/job.h"

#include "base/clock.h"
#include "base/loop.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static struct cleat_error err;
static struct loop *loop;
static char trace[256];
static struct job *waiting;
static int ended;
static struct cleat_error result;

static void note(const char *word)
{
	(void)strncat(trace, word, sizeof(trace) - strlen(trace) - 1);
}

static int step_a(struct job *job, struct cleat_error *e)
{
	(void)job;
	(void)e;
	note("a");
	return JOB_DONE;
}

static int step_wait(struct job *job, struct cleat_error *e)
{
	(void)e;
	note("w");
	waiting = job;
	return JOB_WAIT;
}

static int step_fail(struct job *job, struct cleat_error *e)
{
	(void)job;
	note("f");
	return cleat_fail(e, ENOSPC, "cannot go on: %m");
}

static int undo_a(struct job *job, struct cleat_error *e)
{
	(void)e;
	CU_ASSERT_PTR_NOT_NULL(job_failure(job));
	note("A");
	return JOB_DONE;
}

static int undo_fails(struct job *job, struct cleat_error *e)
{
	(void)job;
	note("X");
	return cleat_fail(e, EIO, "cannot undo");
}

static int undo_waits(struct job *job, struct cleat_error *e)
{
	(void)e;
	note("W");
	waiting = job;
	return JOB_WAIT;
}

static void on_end(void *arg, struct job *job, const struct cleat_error *e)
{
	(void)job;
	note(arg ? (const char *)arg : "!");
	ended++;
	result = *e;
}

static void begin(void)
{
	trace[0] = '\0';
	waiting = NULL;
	ended = 0;
	memset(&result, 0, sizeof(result));
	loop_free(loop);
	loop = NULL;
	UNIT_OK(loop_new(&loop, &err), err);
}

static void turn(void)
{
	for (int i = 0; i < 5; i++)
		(void)loop_step(loop, NS_PER_MS);
}

static void add(struct job_queue *queue, const struct job_kind *kind, const char *mark)
{
	UNIT_OK(job_add(queue, kind, NULL, NULL, on_end, (void *)(uintptr_t)mark, &err), err);
}

#define KIND(name, steps)                      \
	{                                      \
		name, steps, ARRAY_SIZE(steps) \
	}

static void steps_run_in_order_and_wait(void)
{
	static const struct job_step steps[] = { { "a", step_a, undo_a },
						 { "w", step_wait, NULL },
						 { "a", step_a, NULL } };
	static const struct job_kind kind = KIND("test", steps);

	begin();
	struct job_queue queue = { .loop = loop };

	add(&queue, &kind, "!");
	CU_ASSERT_STRING_EQUAL(trace, ""); /* never before job_add returns */
	turn();
	CU_ASSERT_STRING_EQUAL(trace, "aw");
	CU_ASSERT_PTR_NOT_NULL_FATAL(waiting);
	job_resume(waiting, NULL);
	CU_ASSERT_STRING_EQUAL(trace, "awa!");
	CU_ASSERT_EQUAL(result.errnum, 0);
}

static void a_failure_undoes_in_reverse(void)
{
	static const struct job_step steps[] = { { "1", step_a, undo_a },
						 { "2", step_a, undo_fails },
						 { "3", step_a, NULL },
						 { "4", step_wait, undo_waits },
						 { "5", step_fail, undo_a } };
	static const struct job_kind kind = KIND("test", steps);

	begin();
	struct job_queue queue = { .loop = loop };

	add(&queue, &kind, "!");
	turn();
	job_resume(waiting, NULL);
	/* the failed step is not undone; the undo of the one before it waits */
	CU_ASSERT_STRING_EQUAL(trace, "aaawfW");
	CU_ASSERT_EQUAL(ended, 0);
	job_resume(waiting, NULL);
	/* an undo that fails does not stop the others */
	CU_ASSERT_STRING_EQUAL(trace, "aaawfWXA!");
	CU_ASSERT_EQUAL(result.errnum, ENOSPC);
}

static void a_wait_may_end_in_failure(void)
{
	static const struct job_step steps[] = { { "1", step_a, undo_a },
						 { "2", step_wait, undo_a } };
	static const struct job_kind kind = KIND("test", steps);
	struct cleat_error why = { 0 };

	begin();
	struct job_queue queue = { .loop = loop };

	add(&queue, &kind, "!");
	turn();
	(void)cleat_fail(&why, ETIMEDOUT, "too late");
	job_resume(waiting, &why);
	CU_ASSERT_STRING_EQUAL(trace, "awA!");
	CU_ASSERT_EQUAL(result.errnum, ETIMEDOUT);
	CU_ASSERT_STRING_EQUAL(result.text, "too late");
}

static void jobs_of_one_queue_follow_each_other(void)
{
	static const struct job_step slow[] = { { "w", step_wait, NULL } };
	static const struct job_step fast[] = { { "a", step_a, NULL } };
	static const struct job_kind slow_kind = KIND("slow", slow);
	static const struct job_kind fast_kind = KIND("fast", fast);

	begin();
	struct job_queue one = { .loop = loop };
	struct job_queue two = { .loop = loop };

	add(&one, &slow_kind, "1");
	add(&one, &fast_kind, "2");
	add(&two, &fast_kind, "3");
	turn();
	CU_ASSERT_STRING_EQUAL(trace, "wa3"); /* the other queue did not wait */
	job_resume(waiting, NULL);
	turn();
	CU_ASSERT_STRING_EQUAL(trace, "wa31a2");
}

static void gone(void *arg)
{
	*(bool *)arg = true;
}

static void an_empty_queue_says_so(void)
{
	static const struct job_step fast[] = { { "a", step_a, NULL } };
	static const struct job_kind kind = KIND("fast", fast);
	bool idle = false;

	begin();
	struct job_queue queue = { .loop = loop, .idle = gone, .arg = &idle };
	char *data = strdup("freed with the job");

	UNIT_OK(job_add(&queue, &kind, data, free, NULL, NULL, &err), err);
	add(&queue, &kind, "2");
	CU_ASSERT_FALSE(idle);
	turn();
	CU_ASSERT_TRUE(idle);
	CU_ASSERT_STRING_EQUAL(trace, "aa2");
}

UNIT_MAIN("job", UNIT_TEST(steps_run_in_order_and_wait), UNIT_TEST(a_failure_undoes_in_reverse),
	  UNIT_TEST(a_wait_may_end_in_failure), UNIT_TEST(jobs_of_one_queue_follow_each_other),
	  UNIT_TEST(an_empty_queue_says_so))
