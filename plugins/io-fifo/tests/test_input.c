/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <fcntl.h>

static struct fixture f;

static void begin(void)
{
	struct cleat_error err = { 0 };

	fixture_open(&f);
	f.req.in = f.in;
	UNIT_OK(fixture_stream(&f, &err), err);
	CU_ASSERT_FALSE(fcntl(f.stdio.in, F_GETFL) & O_NONBLOCK);
	(void)fcntl(f.stdio.in, F_SETFL, O_NONBLOCK); /* so that this test need not wait */
}

static void a_dead_client_is_no_end(void)
{
	begin();
	int client = open(f.in, O_WRONLY | O_NONBLOCK);

	CU_ASSERT_FATAL(client >= 0);
	CU_ASSERT_EQUAL(write(client, "abc", 3), 3);
	f.ops->started(f.stream);
	(void)close(client);
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "abc");
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "");
	client = open(f.in, O_WRONLY | O_NONBLOCK); /* another one takes over */
	CU_ASSERT_EQUAL(write(client, "def", 3), 3);
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "def");
	(void)close(client);
	fixture_close(&f);
}

static void close_makes_the_end(void)
{
	struct cleat_error err = { 0 };

	begin();
	int client = open(f.in, O_WRONLY | O_NONBLOCK);

	f.ops->started(f.stream);
	CU_ASSERT_EQUAL(write(client, "abc", 3), 3);
	UNIT_OK(f.ops->close_stdin(f.stream, &err), err);
	UNIT_OK(f.ops->close_stdin(f.stream, &err), err); /* twice is fine */
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "abc");
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), ""); /* the client has it open still */
	(void)close(client);
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "EOF");
	fixture_close(&f);
}

static void held_back_until_started(void)
{
	struct cleat_error err = { 0 };

	begin();
	UNIT_OK(f.ops->close_stdin(f.stream, &err), err);
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "");
	f.ops->started(f.stream);
	CU_ASSERT_STRING_EQUAL(fixture_read(f.stdio.in), "EOF");
	fixture_close(&f);
}

UNIT_MAIN("io-fifo/input", UNIT_TEST(a_dead_client_is_no_end), UNIT_TEST(close_makes_the_end),
	  UNIT_TEST(held_back_until_started))
