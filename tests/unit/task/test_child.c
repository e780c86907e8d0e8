/* SPDX-License-Identifier: Apache-2.0 */
/* test_child.c - a program's output, status, absence and hanging. */
#include "task/child.h"

#include "base/clock.h"
#include "base/loop.h"
#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

static struct cleat_error err;
static struct loop *loop;
static int calls, status;
static bool timed_out;
static char out[256], errors[256];

static void on_done(void *arg, const struct child_result *result)
{
	(void)arg;
	calls++;
	status = result->status;
	timed_out = result->timed_out;
	(void)snprintf(out, sizeof(out), "%s", result->out);
	(void)snprintf(errors, sizeof(errors), "%s", result->errors);
}

static int start(const char *script, bool combined, const char *input, uint64_t limit_ns)
{
	char *const argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			       (char *)(uintptr_t)script, NULL };
	char *const env[] = { (char *)(uintptr_t) "PATH=/usr/bin:/bin", NULL };
	struct child_spec spec = { .program = "/bin/sh",
				   .argv = argv,
				   .env = env,
				   .cwd = "/",
				   .combined = combined,
				   .input = input,
				   .input_len = input ? strlen(input) : 0,
				   .limit_ns = limit_ns };

	calls = 0;
	return child_start(loop, &spec, on_done, NULL, NULL, &err);
}

static void run(const char *script, bool combined, const char *input, uint64_t limit_ns)
{
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(start(script, combined, input, limit_ns), err);
	for (int i = 0; i < 200 && !calls; i++)
		(void)loop_step(loop, 50 * NS_PER_MS);
	CU_ASSERT_EQUAL(calls, 1);
	loop_free(loop);
}

static void output_and_status(void)
{
	run("echo a; echo b >&2; exit 3", false, NULL, 0);
	CU_ASSERT_STRING_EQUAL(out, "a\n");
	CU_ASSERT_STRING_EQUAL(errors, "b\n");
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 3);
}

static void one_pipe_for_both(void)
{
	run("echo a; echo b >&2", true, NULL, 0);
	CU_ASSERT_STRING_EQUAL(out, "a\nb\n");
	CU_ASSERT_STRING_EQUAL(errors, "");
}

static void input_arrives(void)
{
	run("cat", true, "hello", 0);
	CU_ASSERT_STRING_EQUAL(out, "hello");
	run("cat | wc -c", true, NULL, 0); /* else /dev/null */
	CU_ASSERT_STRING_EQUAL(out, "0\n");
}

/* As containerd: the end is when the last writer has closed. */
static void a_grandchild_that_holds_the_pipe_is_waited_for(void)
{
	run("(sleep 0.2; echo late) & echo early", true, NULL, 0);
	CU_ASSERT_STRING_EQUAL(out, "early\nlate\n");
	CU_ASSERT_FALSE(timed_out);
}

static void the_limit_ends_both(void)
{
	run("sleep 100 & sleep 100", true, NULL, 100 * NS_PER_MS);
	CU_ASSERT_TRUE(timed_out);
	CU_ASSERT_TRUE(WIFSIGNALED(status));
}

static void a_missing_program_is_said_at_once(void)
{
	char *const argv[] = { (char *)(uintptr_t) "x", NULL };
	struct child_spec spec = {
		.program = "/nonexistent", .argv = argv, .env = argv, .cwd = "/"
	};

	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_FAILS(child_start(loop, &spec, on_done, NULL, NULL, &err), ENOENT, err,
		   "/nonexistent");
	spec.program = "/bin/sh";
	spec.cwd = "/nonexistent";
	UNIT_FAILS(child_start(loop, &spec, on_done, NULL, NULL, &err), ENOENT, err, "/bin/sh");
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
	loop_free(loop);
}

UNIT_MAIN("child", UNIT_TEST(output_and_status), UNIT_TEST(one_pipe_for_both),
	  UNIT_TEST(input_arrives), UNIT_TEST(a_grandchild_that_holds_the_pipe_is_waited_for),
	  UNIT_TEST(the_limit_ends_both), UNIT_TEST(a_missing_program_is_said_at_once))
