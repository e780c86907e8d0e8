/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct fixture f;

static void say(int fd, const char *text)
{
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void output_reaches_the_reader(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = f.out;
	f.req.err = f.err;
	int out = open(f.out, O_RDONLY | O_NONBLOCK);
	int errors = open(f.err, O_RDONLY | O_NONBLOCK);

	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_TRUE(fcntl(f.stdio.out, F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_FALSE(fcntl(f.stdio.out, F_GETFL) & O_NONBLOCK);
	say(f.stdio.out, "hello");
	say(f.stdio.err, "oops");
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "hello");
	CU_ASSERT_STRING_EQUAL(fixture_read(errors), "oops");
	say(f.stdio.out, "last words");
	fixture_program_ends(&f);
	CU_ASSERT_STRING_EQUAL(fixture_read(errors), ""); /* no end of file before the drain */
	fixture_drain(&f, 10000);
	CU_ASSERT_EQUAL(f.drained, 1); /* somebody has it open: nothing to wait for */
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "last words");
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "EOF");
	CU_ASSERT_STRING_EQUAL(fixture_read(errors), "EOF");
	(void)close(out);
	(void)close(errors);
	fixture_close(&f);
}

static void readers_vanish_and_return(void)
{
	struct cleat_error err = { 0 };

	(void)signal(SIGPIPE, SIG_DFL); /* a SIGPIPE would end this test */
	fixture_open(&f);
	f.req.out = f.out;
	int out = open(f.out, O_RDONLY | O_NONBLOCK);

	UNIT_OK(fixture_stream(&f, &err), err);
	(void)close(out);
	say(f.stdio.out, "nobody here");
	out = open(f.out, O_RDONLY | O_NONBLOCK);
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "nobody here");
	(void)close(out);
	fixture_close(&f);
}

static void a_late_reader_finds_everything(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = f.out;
	UNIT_OK(fixture_stream(&f, &err), err);
	say(f.stdio.out, "quick");
	fixture_program_ends(&f);
	fixture_drain(&f, 10000);
	fixture_run(&f, 120);
	CU_ASSERT_EQUAL(f.drained, 0);
	int out = open(f.out, O_RDONLY | O_NONBLOCK);

	fixture_run(&f, 120);
	CU_ASSERT_EQUAL(f.drained, 1);
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "quick");
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "EOF");
	(void)close(out);
	fixture_close(&f);
}

static void the_limit_holds(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = f.out;
	UNIT_OK(fixture_stream(&f, &err), err);
	say(f.stdio.out, "nobody will read this");
	fixture_program_ends(&f);
	fixture_drain(&f, 80);
	fixture_run(&f, 150);
	CU_ASSERT_EQUAL(f.drained, 1);
	fixture_close(&f);
}

static void nothing_written_is_drained_at_once(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = f.out;
	f.req.err = f.err;
	f.req.in = f.in;
	UNIT_OK(fixture_stream(&f, &err), err);
	fixture_program_ends(&f);
	fixture_drain(&f, 10000);
	CU_ASSERT_EQUAL(f.drained, 1);
	fixture_close(&f);
}

static void the_owner_may_open_it_again(void)
{
	struct cleat_error err = { 0 };
	struct stat st;

	fixture_open(&f);
	f.req.out = f.out;
	if (getuid() == 0)
		f.req.uid = f.req.gid = 12345;
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_EQUAL(stat(f.out, &st), 0);
	CU_ASSERT_EQUAL(st.st_uid, f.req.uid);
	f.ops->close(f.stream);
	fixture_program_ends(&f);
	f.stream = NULL;
	f.req.uid = f.req.gid = CLEAT_IO_NOBODY;
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_EQUAL(stat(f.out, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0666);
	fixture_close(&f);
}

static void nowhere_is_dev_null(void)
{
	struct cleat_error err = { 0 };
	struct stat st;

	fixture_open(&f);
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_EQUAL(fstat(f.stdio.out, &st), 0);
	CU_ASSERT_TRUE(S_ISCHR(st.st_mode));
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "EOF");
	fixture_drain(&f, 10000);
	CU_ASSERT_EQUAL(f.drained, 1);
	fixture_close(&f);
}

static void what_nobody_wants_is_counted(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };
	struct cleat_error err = { 0 };
	static char block[32768];

	fixture_open(&f);
	f.req.out = f.req.err = "discard:";
	UNIT_OK(fixture_stream(&f, &err), err);
	for (int i = 0; i < 20; i++) { /* ten times what a pipe holds */
		CU_ASSERT_EQUAL(write(f.stdio.out, block, sizeof(block)), (ssize_t)sizeof(block));
		fixture_run(&f, 2);
	}
	say(f.stdio.err, "12345");
	fixture_program_ends(&f);
	fixture_drain(&f, 10000);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	f.ops->counters(f.stream, &counters);
	CU_ASSERT_EQUAL(counters.bytes_discarded, 20 * sizeof(block) + 5);
	fixture_close(&f);
}

static void a_grandchild_holds_the_output(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = "discard:";
	UNIT_OK(fixture_stream(&f, &err), err);
	int grandchild = dup(f.stdio.out);

	fixture_program_ends(&f);
	fixture_drain(&f, 60);
	fixture_run(&f, 20);
	CU_ASSERT_EQUAL(f.drained, 0);
	fixture_run(&f, 100);
	CU_ASSERT_EQUAL(f.drained, 1);
	(void)close(grandchild);
	fixture_close(&f);
}

static void files_are_appended_to(void)
{
	struct cleat_error err = { 0 };
	char uri[96];

	fixture_open(&f);
	(void)snprintf(uri, sizeof(uri), "file://%s", f.file);
	f.req.out = uri;
	UNIT_OK(fixture_stream(&f, &err), err);
	say(f.stdio.out, "one ");
	say(f.stdio.err, "two ");
	say(f.stdio.out, "three");
	int fd = open(f.file, O_RDONLY);

	CU_ASSERT_STRING_EQUAL(fixture_read(fd), "one two three");
	(void)close(fd);
	fixture_close(&f);
}

static void refusals(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.out = "syslog:///x?y=z";
	UNIT_FAILS(fixture_stream(&f, &err), ENOTSUP, err, "syslog:///x?y=z");
	f.req.out = "relative";
	UNIT_FAILS(fixture_stream(&f, &err), ENOTSUP, err, "relative");
	f.req.in = f.in; /* what was opened before the failure is closed again */
	f.req.out = "/no/such/fifo";
	UNIT_FAILS(fixture_stream(&f, &err), ENOENT, err, "/no/such/fifo");
	CU_ASSERT_EQUAL(open(f.in, O_WRONLY | O_NONBLOCK), -1);
	CU_ASSERT_EQUAL(errno, ENXIO);
	f.stream = NULL;
	fixture_close(&f);
}

UNIT_MAIN("io-fifo/fifo", UNIT_TEST(output_reaches_the_reader),
	  UNIT_TEST(readers_vanish_and_return), UNIT_TEST(a_late_reader_finds_everything),
	  UNIT_TEST(the_limit_holds), UNIT_TEST(nothing_written_is_drained_at_once),
	  UNIT_TEST(the_owner_may_open_it_again), UNIT_TEST(nowhere_is_dev_null),
	  UNIT_TEST(what_nobody_wants_is_counted), UNIT_TEST(a_grandchild_holds_the_output),
	  UNIT_TEST(files_are_appended_to), UNIT_TEST(refusals))
