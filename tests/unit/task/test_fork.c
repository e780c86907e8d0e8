/* SPDX-License-Identifier: Apache-2.0 */
/* test_fork.c - a child's result, its failure, its crash and its hanging. */
#include "task/fork.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct cleat_error err;
static struct loop *loop;
static struct cleat_error result;
static size_t got;
static int calls;

static void on_done(void *arg, char *bytes, size_t len, const struct cleat_error *e)
{
	(void)arg;
	calls++;
	got = len;
	result = *e;
	if (len)
		CU_ASSERT_EQUAL(bytes[len], '\0');
}

static int big(void *arg, struct text *out, struct cleat_error *e)
{
	(void)arg;
	(void)e;
	for (int i = 0; i < 100000; i++)
		text_add(out, "0123456789");
	return 0;
}

static int fails(void *arg, struct text *out, struct cleat_error *e)
{
	(void)out;
	return cleat_fail(e, EBUSY, "cannot remove '%s': %m", (const char *)arg);
}

static int crashes(void *arg, struct text *out, struct cleat_error *e)
{
	(void)arg;
	(void)out;
	(void)e;
	(void)raise(SIGSEGV);
	return 0;
}

static int hangs(void *arg, struct text *out, struct cleat_error *e)
{
	(void)arg;
	(void)out;
	(void)e;
	while (pause() < 0)
		;
	return 0;
}

static void run(fork_run what, uint64_t limit_ns)
{
	calls = 0;
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(fork_start(loop, "test", what, (void *)(uintptr_t) "it", limit_ns, on_done, NULL,
			   NULL, &err),
		err);
	for (int i = 0; i < 2000 && !calls; i++)
		(void)loop_step(loop, 50 * NS_PER_MS);
	CU_ASSERT_EQUAL(calls, 1);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
	loop_free(loop);
}

static void a_big_result_comes_whole(void)
{
	run(big, 0);
	CU_ASSERT_EQUAL(result.errnum, 0);
	CU_ASSERT_EQUAL(got, 1000000);
}

static void an_error_comes_as_it_is(void)
{
	run(fails, 0);
	CU_ASSERT_EQUAL(result.errnum, EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.text, "cannot remove 'it'"));
}

static void a_crash_is_an_error(void)
{
	run(crashes, 0);
	CU_ASSERT_EQUAL(result.errnum, EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.text, "SIGSEGV"));
}

static void hanging_ends(void)
{
	run(hangs, 20 * NS_PER_MS);
	CU_ASSERT_EQUAL(result.errnum, ETIMEDOUT);
}

UNIT_MAIN("fork", UNIT_TEST(a_big_result_comes_whole), UNIT_TEST(an_error_comes_as_it_is),
	  UNIT_TEST(a_crash_is_an_error), UNIT_TEST(hanging_ends))
