/* SPDX-License-Identifier: Apache-2.0 */
/* test_attach.c - clients come, see, type, are slow, and go. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

struct guest {
	int in, out, life; /* its own ends */
};

static struct guest attach(bool types)
{
	struct cleat_error err = { 0 };
	struct guest guest = { -1, -1, -1 };
	int in[2] = { -1, -1 };
	int out[2];
	int life[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(out, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(life, O_CLOEXEC), 0);
	if (types)
		CU_ASSERT_EQUAL_FATAL(pipe2(in, O_CLOEXEC), 0);
	struct cleat_io_client client = {
		.size = sizeof(client), .in = in[0], .out = out[1], .err = -1, .life = life[0]
	};

	UNIT_OK(f.ops->attach(f.stream, &client, &err), err);
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	guest.in = in[1];
	guest.out = out[0];
	guest.life = life[1];
	return guest;
}

static void leave(struct guest *guest)
{
	int *ends[] = { &guest->in, &guest->out, &guest->life };

	for (int i = 0; i < 3; i++)
		if (*ends[i] >= 0)
			(void)close(*ends[i]), *ends[i] = -1;
}

static const char *hears(const struct guest *guest)
{
	static char heard[256];
	ssize_t n = read(guest->out, heard, sizeof(heard) - 1);

	heard[n > 0 ? n : 0] = '\0';
	return heard;
}

static void begin(const char *in)
{
	struct cleat_error err = { 0 };

	(void)signal(SIGPIPE, SIG_IGN); /* as in a shim */
	fixture_open();
	f.req.in = in;
	UNIT_OK(fixture_stream(&err), err);
}

static void all_see_it(void)
{
	begin("");
	struct guest a = attach(false);
	struct guest b = attach(false);

	fixture_say(f.stdio.out, "one\n");
	fixture_run(20);
	CU_ASSERT_STRING_EQUAL(hears(&a), "one\n");
	CU_ASSERT_STRING_EQUAL(hears(&b), "one\n");
	leave(&b);
	fixture_say(f.stdio.out, "two\n");
	fixture_run(20);
	CU_ASSERT_STRING_EQUAL(hears(&a), "two\n");
	leave(&a);
	fixture_say(f.stdio.out, "three\n");
	fixture_run(20);
	fixture_end();
	const char *log = fixture_file("container.log");

	CU_ASSERT_PTR_NOT_NULL(strstr(log, "one"));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "three"));
	fixture_close();
}

enum { MUCH = 4 << 20 };

/* Fill until nothing more is taken; the number of bytes. */
static size_t flood(void)
{
	static char chunk[4096];
	size_t total = 0;

	memset(chunk, 'x', sizeof(chunk));
	chunk[sizeof(chunk) - 1] = '\n';
	(void)fcntl(f.stdio.out, F_SETFL, O_RDWR | O_NONBLOCK);
	for (int idle = 0; idle < 5 && total < MUCH;) {
		ssize_t n = write(f.stdio.out, chunk, sizeof(chunk));

		total += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle + 1;
		fixture_run(n > 0 ? 0 : 10);
	}
	return total;
}

static size_t swallow(const struct guest *guest)
{
	static char waste[65536];
	size_t total = 0;
	ssize_t n = 0;

	while ((n = read(guest->out, waste, sizeof(waste))) > 0)
		total += (size_t)n;
	return total;
}

static void a_slow_one_holds_and_loses_nothing(void)
{
	begin("");
	struct guest slow = attach(false);
	size_t said = flood();
	size_t heard = 0;

	CU_ASSERT_TRUE(said < MUCH); /* the program had to wait */
	for (int i = 0; i < 200 && heard < said; i++) {
		heard += swallow(&slow);
		fixture_run(5);
	}
	CU_ASSERT_EQUAL(heard, said);
	leave(&slow);
	fixture_run(10);
	fixture_close();
}

static void its_death_lets_go(void)
{
	begin("");
	struct guest slow = attach(false);

	CU_ASSERT_TRUE(flood() < MUCH);
	leave(&slow);
	fixture_run(20);
	CU_ASSERT_TRUE(flood() >= MUCH / 2);
	fixture_close();
}

static void what_is_typed_arrives_before_the_end(void)
{
	struct cleat_error err = { 0 };
	char got[64] = "";

	begin("attach:");
	struct guest a = attach(true);

	fixture_say(a.in, "typed\n");
	(void)close(a.in);
	a.in = -1;
	UNIT_OK(f.ops->close_stdin(f.stream, &err), err);
	fixture_run(20);
	CU_ASSERT_EQUAL(read(f.stdio.in, got, sizeof(got)), 6);
	CU_ASSERT_STRING_EQUAL(got, "typed\n");
	/* Not before it runs: it is to see its input first. */
	(void)fcntl(f.stdio.in, F_SETFL, O_NONBLOCK);
	CU_ASSERT_EQUAL(read(f.stdio.in, got, sizeof(got)), -1);
	f.ops->started(f.stream);
	fixture_run(10);
	CU_ASSERT_EQUAL(read(f.stdio.in, got, sizeof(got)), 0);
	leave(&a);
	fixture_close();
}

static void no_input_where_none_was_asked_for(void)
{
	struct cleat_error err = { 0 };
	struct cleat_io_client client = {
		.size = sizeof(client), .in = 0, .out = -1, .err = -1, .life = -1
	};

	begin("");
	UNIT_FAILS(f.ops->attach(f.stream, &client, &err), EINVAL, err,
		   "the program reads no input: it was made without -i");
	fixture_close();
}

UNIT_MAIN("attached clients", UNIT_TEST(all_see_it), UNIT_TEST(a_slow_one_holds_and_loses_nothing),
	  UNIT_TEST(its_death_lets_go), UNIT_TEST(what_is_typed_arrives_before_the_end),
	  UNIT_TEST(no_input_where_none_was_asked_for))
