/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "uri.h"

static struct fixture f;
static char uri[256];

/* A program in the directory of the test, which is its working directory too. */
static void logger_is(const char *scheme, const char *script)
{
	char path[64];

	fixture_open(&f);
	(void)snprintf(path, sizeof(path), "%s/logger", f.dir);
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fprintf(file, "#!/bin/sh\ncd %s\n%s\n", f.dir, script);
	CU_ASSERT_EQUAL(fclose(file), 0);
	CU_ASSERT_EQUAL(chmod(path, 0700), 0);
	(void)snprintf(uri, sizeof(uri), "%s://%s?key=a%%20b&key=other&last=c+d", scheme, path);
	f.req.out = uri;
	f.req.exec_id = "x1";
}

static const char *content(const char *name)
{
	static char text[256];
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", f.dir, name);
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file)
		(void)fclose(file);
	(void)unlink(path);
	return text;
}

static void end(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/logger", f.dir);
	(void)unlink(path);
	fixture_close(&f);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

static void say(int fd, const char *text)
{
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void both_outputs_reach_it(void)
{
	struct cleat_error err = { 0 };

	logger_is("binary",
		  "printf '%s|' \"$@\" > args; env > env; exec 5>&-; cat <&3 > 3; cat <&4 > 4");
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_TRUE(fcntl(f.stdio.out, F_GETFD) & FD_CLOEXEC);
	say(f.stdio.out, "hello");
	say(f.stdio.err, "oops");
	fixture_program_ends(&f);
	fixture_drain(&f, 5000);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	CU_ASSERT_STRING_EQUAL(content("3"), "hello");
	CU_ASSERT_STRING_EQUAL(content("4"), "oops");
	CU_ASSERT_STRING_EQUAL(content("args"), "key|a b|last|c d|");
	const char *env = content("env");

	CU_ASSERT_PTR_NOT_NULL(strstr(env, "CONTAINER_ID=x1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(env, "CONTAINER_NAMESPACE=default\n"));
	CU_ASSERT_PTR_NULL(strstr(env, "HOME="));
	end();
}

static void a_terminal_is_copied_to_it(void)
{
	struct cleat_error err = { 0 };
	int master = -1;
	int slave = -1;

	logger_is("binary", "exec 5>&-; cat <&3 > 3; cat <&4 > 4");
	f.req.terminal = true;
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_EQUAL(f.stdio.out, -1);
	CU_ASSERT_FATAL(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	UNIT_OK(f.ops->console(f.stream, master, &err), err);
	(void)close(master);
	say(slave, "prompt$ ");
	(void)close(slave);
	fixture_drain(&f, 5000);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	CU_ASSERT_STRING_EQUAL(content("3"), "prompt$ ");
	CU_ASSERT_STRING_EQUAL(content("4"), "");
	end();
}

static void it_runs_only_when_allowed(void)
{
	struct cleat_error err = { 0 };

	fixture_settings.binary = false;
	logger_is("binary", "touch ran");
	UNIT_FAILS(fixture_stream(&f, &err), EPERM, err, "binary = yes");
	fixture_settings.binary = true;
	end();
}

static void what_cannot_run_is_named(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = "binary:///no/such/logger";
	UNIT_FAILS(fixture_stream(&f, &err), ENOENT, err, "/no/such/logger");
	f.req.out = "binary://relative";
	UNIT_FAILS(fixture_stream(&f, &err), EINVAL, err, "absolute");
	fixture_close(&f);
}

/* Its end is as good as a close for `binary`, not for `binary-v2`. */
static void one_that_ends_at_once(void)
{
	struct cleat_error err = { 0 };

	logger_is("binary", "exit 0");
	UNIT_OK(fixture_stream(&f, &err), err);
	end();
	logger_is("binary-v2", "exit 0");
	UNIT_FAILS(fixture_stream(&f, &err), EIO, err, "did not say that it is ready");
	end();
	logger_is("binary-v2", "echo >&5; exec 5>&-; cat <&3 > 3");
	UNIT_OK(fixture_stream(&f, &err), err);
	fixture_program_ends(&f);
	fixture_drain(&f, 5000);
	fixture_run_until_drained(&f);
	(void)content("3");
	end();
}

/* It neither reads nor leaves: asked at half the time, killed at the end of it. */
static void one_that_stalls_is_bounded(void)
{
	struct cleat_error err = { 0 };

	logger_is("binary",
		  "trap 'echo asked > asked' TERM; exec 5>&-; while :; do sleep 0.02; done");
	UNIT_OK(fixture_stream(&f, &err), err);
	say(f.stdio.out, "never read");
	fixture_program_ends(&f);
	fixture_drain(&f, 1000);
	fixture_run(&f, 100);
	CU_ASSERT_EQUAL(f.drained, 0);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	CU_ASSERT_STRING_EQUAL(content("asked"), "asked\n");
	end();
}

static void closing_ends_it(void)
{
	struct cleat_error err = { 0 };

	logger_is("binary", "trap '' TERM; exec 5>&-; while :; do sleep 0.02; done");
	UNIT_OK(fixture_stream(&f, &err), err);
	end(); /* waits for the child */
}

static void words_of_a_query(void)
{
	struct uri_words words = { 0 };

	CU_ASSERT_EQUAL_FATAL(uri_words("binary:///a%2Fb+c?x&&y=&z=%3d=1", &words), 0);
	CU_ASSERT_EQUAL_FATAL(words.n, 7);
	CU_ASSERT_STRING_EQUAL(words.word[0], "/a/b+c");
	CU_ASSERT_STRING_EQUAL(words.word[1], "x");
	CU_ASSERT_STRING_EQUAL(words.word[2], "");
	CU_ASSERT_STRING_EQUAL(words.word[3], "y");
	CU_ASSERT_STRING_EQUAL(words.word[6], "==1");
	uri_words_fini(&words);
	CU_ASSERT_EQUAL_FATAL(uri_words("binary:///a?", &words), 0);
	CU_ASSERT_EQUAL(words.n, 1);
	uri_words_fini(&words);
}

UNIT_MAIN("io-fifo/logger", UNIT_TEST(both_outputs_reach_it), UNIT_TEST(a_terminal_is_copied_to_it),
	  UNIT_TEST(it_runs_only_when_allowed), UNIT_TEST(what_cannot_run_is_named),
	  UNIT_TEST(one_that_ends_at_once), UNIT_TEST(one_that_stalls_is_bounded),
	  UNIT_TEST(closing_ends_it), UNIT_TEST(words_of_a_query))
