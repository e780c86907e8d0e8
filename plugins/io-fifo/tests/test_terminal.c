/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

static struct fixture f;
static int slave, out, in;

static void begin(void)
{
	struct cleat_error err = { 0 };
	struct termios raw;
	int master = -1;

	fixture_open(&f);
	f.req.in = f.in;
	f.req.out = f.out;
	f.req.terminal = true;
	out = open(f.out, O_RDONLY | O_NONBLOCK);
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_EQUAL(f.stdio.in, -1);
	CU_ASSERT_EQUAL(f.stdio.out, -1);
	in = open(f.in, O_WRONLY | O_NONBLOCK);
	CU_ASSERT_FATAL(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	(void)tcgetattr(slave, &raw);
	cfmakeraw(&raw);
	(void)tcsetattr(slave, TCSANOW, &raw);
	UNIT_OK(f.ops->console(f.stream, master, &err), err);
	(void)close(master);
	f.ops->started(f.stream);
}

static void end(void)
{
	(void)close(in);
	(void)close(out);
	fixture_close(&f);
}

static void both_directions(void)
{
	begin();
	CU_ASSERT_EQUAL(write(slave, "prompt$ ", 8), 8);
	CU_ASSERT_EQUAL(write(in, "ls\n", 3), 3);
	fixture_run(&f, 5);
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "prompt$ ");
	CU_ASSERT_STRING_EQUAL(fixture_read(slave), "ls\n");
	(void)close(slave);
	end();
}

static void the_size_changes(void)
{
	struct cleat_error err = { 0 };
	struct winsize size;

	begin();
	UNIT_OK(f.ops->resize(f.stream, 50, 132, &err), err);
	CU_ASSERT_EQUAL(ioctl(slave, TIOCGWINSZ, &size), 0);
	CU_ASSERT_EQUAL(size.ws_row, 50);
	CU_ASSERT_EQUAL(size.ws_col, 132);
	(void)close(slave);
	end();
}

static void the_last_words_arrive(void)
{
	begin();
	CU_ASSERT_EQUAL(write(slave, "bye", 3), 3);
	(void)close(slave);
	fixture_drain(&f, 10000);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "bye");
	CU_ASSERT_STRING_EQUAL(fixture_read(out), "EOF");
	end();
}

/* A client that does not read: the program waits, the loop does not, and nothing is lost. */
static void back_pressure(void)
{
	static char block[4096];
	size_t written = 0;
	size_t got = 0;

	begin();
	(void)fcntl(slave, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 20;) {
		ssize_t n = write(slave, block, sizeof(block));

		if (n > 0)
			written += (size_t)n;
		idle = n > 0 ? 0 : idle + 1;
		fixture_run(&f, 1);
	}
	CU_ASSERT_TRUE(written >= 65536);
	CU_ASSERT_TRUE(written < 262144);
	(void)close(slave);
	fixture_drain(&f, 10000);
	for (int i = 0; i < 400 && got < written; i++) {
		ssize_t n = read(out, block, sizeof(block));

		if (n > 0)
			got += (size_t)n;
		fixture_run(&f, 1);
	}
	CU_ASSERT_EQUAL(got, written);
	CU_ASSERT_EQUAL(f.drained, 1);
	end();
}

static void a_pty_that_stays_open(void)
{
	begin();
	fixture_drain(&f, 50);
	fixture_run(&f, 20);
	CU_ASSERT_EQUAL(f.drained, 0);
	fixture_run(&f, 80);
	CU_ASSERT_EQUAL(f.drained, 1);
	(void)close(slave);
	end();
}

static void nobody_listens(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };
	struct cleat_error err = { 0 };
	int master = -1;

	fixture_open(&f);
	f.req.terminal = true;
	f.req.out = "discard:";
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_FATAL(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	UNIT_OK(f.ops->console(f.stream, master, &err), err);
	(void)close(master);
	CU_ASSERT_EQUAL(write(slave, "12345678", 8), 8);
	fixture_run(&f, 5);
	(void)close(slave);
	fixture_drain(&f, 10000);
	fixture_run_until_drained(&f);
	CU_ASSERT_EQUAL(f.drained, 1);
	f.ops->counters(f.stream, &counters);
	CU_ASSERT_EQUAL(counters.bytes_discarded, 8);
	fixture_close(&f);
}

UNIT_MAIN("io-fifo/terminal", UNIT_TEST(both_directions), UNIT_TEST(the_size_changes),
	  UNIT_TEST(the_last_words_arrive), UNIT_TEST(back_pressure),
	  UNIT_TEST(a_pty_that_stays_open), UNIT_TEST(nobody_listens))
