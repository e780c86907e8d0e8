/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal.c - the datagrams that a journal gets, and what becomes of lines while there is none. */
#include "fixture.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { MAX = 64 << 10 };

static struct cleat_error err;
static char path[64];
static int server = -1;
static char entry[MAX + 1];
static size_t entry_len;

static void serve(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)unlink(path);
	memcpy(at.sun_path, path, strlen(path));
	CU_ASSERT_EQUAL_FATAL(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
}

static void stop_serving(void)
{
	(void)close(server);
	(void)unlink(path);
	server = -1;
}

static void begin(void)
{
	static const struct cleat_pair labels[] = { { "com.example.team", "red" },
						    { "secret", "no" },
						    { "CONTAINER_ID", "forged" } };
	static const struct cleat_pair env[] = { { "LINES", "a\nb" }, { "HOME", "/" } };

	err = (struct cleat_error){ 0 };
	fixture_open();
	(void)snprintf(path, sizeof(path), "%s/journal", f.dir);
	f.settings.format = FORMAT_JOURNAL;
	f.settings.socket = path;
	f.req.id = "0123456789abcdef0123456789abcdef";
	f.req.name = "web";
	f.req.image = "debian:bookworm";
	f.req.labels = labels;
	f.req.nlabels = 3;
	f.req.env = env;
	f.req.nenv = 2;
	serve();
}

static void end(void)
{
	if (f.stream)
		fixture_end();
	if (server >= 0)
		stop_serving();
	fixture_close();
}

/* The next entry, in `entry`; its length, or -1 when there is none. */
static ssize_t next(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { entry, MAX };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(server, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (n == 0 && head) {
		int file = -1;

		memcpy(&file, CMSG_DATA(head), sizeof(file));
		CU_ASSERT_EQUAL(fcntl(file, F_GET_SEALS),
				F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
		n = pread(file, entry, MAX, 0);
		(void)close(file);
	}
	entry_len = n > 0 ? (size_t)n : 0;
	entry[entry_len] = '\0';
	return n;
}

static const char *field(const char *name)
{
	static char value[MAX];
	char wanted[80];
	int len = snprintf(wanted, sizeof(wanted), "\n%s=", name);
	const char *at = memmem(entry, entry_len, wanted, (size_t)len);

	if (strncmp(entry, wanted + 1, (size_t)len - 1) == 0)
		at = entry + len - 1;
	else if (at)
		at += len;
	else
		return "(absent)";
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\n"), at);
	return value;
}

static void message_is(const char *text)
{
	CU_ASSERT(next() > 0);
	CU_ASSERT_STRING_EQUAL(field("MESSAGE"), text);
	if (strcmp(field("MESSAGE"), text) != 0)
		printf("got %s, wanted %s\n", field("MESSAGE"), text);
}

static void dockers_fields(void)
{
	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "hello = \x01\xff\n");
	fixture_run(5);
	CU_ASSERT(next() > 0);
	/* the whole of it, but for what is new each time */
	char *stamp = strstr(entry, "SYSLOG_TIMESTAMP=");
	char *epoch = strstr(entry, "CONTAINER_LOG_EPOCH=");

	CU_ASSERT_PTR_NOT_NULL_FATAL(stamp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(epoch);
	CU_ASSERT_EQUAL(stamp[17 + 30], '\n');
	CU_ASSERT_EQUAL(stamp[17 + 29], 'Z');
	memset(stamp + 17, 'T', 30);
	memset(epoch + 20, 'E', 32);
	CU_ASSERT_STRING_EQUAL(entry, "CONTAINER_ID=0123456789ab\n"
				      "CONTAINER_ID_FULL=0123456789abcdef0123456789abcdef\n"
				      "CONTAINER_NAME=web\n"
				      "IMAGE_NAME=debian:bookworm\n"
				      "CONTAINER_LOG_EPOCH=EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE\n"
				      "CONTAINER_TAG=0123456789ab\n"
				      "SYSLOG_IDENTIFIER=0123456789ab\n"
				      "PRIORITY=6\n"
				      "SYSLOG_TIMESTAMP=TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT\n"
				      "CONTAINER_LOG_ORDINAL=1\n"
				      "MESSAGE=hello = \x01\xff\n");
	fixture_say(f.stdio.err, "oops\n\n");
	fixture_run(5);
	message_is("oops");
	CU_ASSERT_STRING_EQUAL(field("PRIORITY"), "3");
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_LOG_ORDINAL"), "2");
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_ID"), "(absent)");
	message_is("");
	end();
}

static void tag_labels_and_variables(void)
{
	static const struct cleat_pair options[] = { { "tag", "x-{{.Name}}/{{.ID}}" },
						     { "labels", "com.example.team,CONTAINER_ID" },
						     { "env", "LINES" } };
	const uint64_t three = htole64(3);
	char wanted[32];

	begin();
	f.req.options = options;
	f.req.noptions = 3;
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "a\n");
	fixture_run(5);
	ssize_t n = next();

	CU_ASSERT_STRING_EQUAL(field("CONTAINER_TAG"), "x-web/0123456789ab");
	CU_ASSERT_STRING_EQUAL(field("SYSLOG_IDENTIFIER"), "x-web/0123456789ab");
	CU_ASSERT_STRING_EQUAL(field("COM_EXAMPLE_TEAM"), "red");
	CU_ASSERT_STRING_EQUAL(field("SECRET"), "(absent)");
	CU_ASSERT_EQUAL(fixture_times(entry, "CONTAINER_ID="), 1);
	memcpy(wanted, "\nLINES\n", 7);
	memcpy(wanted + 7, &three, 8);
	memcpy(wanted + 15, "a\nb\n", 4);
	CU_ASSERT_PTR_NOT_NULL(memmem(entry, (size_t)n, wanted, 19));
	end();
}

static void a_tag_that_means_nothing(void)
{
	static const struct cleat_pair option = { "tag", "a{{.Colour}}" };

	begin();
	f.req.options = &option;
	f.req.noptions = 1;
	UNIT_FAILS(fixture_stream(&err), EINVAL, err, "'{{.Colour}}' is none of {{.ID}}");
	end();
}

static void parts_of_a_long_line(void)
{
	static char line[40001];
	char id[64];

	begin();
	memset(line, 'x', sizeof(line) - 1);
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, line);
	fixture_say(f.stdio.out, "\nnext\n");
	fixture_run(20);
	for (int i = 1; i <= 3; i++) {
		char number[8];

		(void)snprintf(number, sizeof(number), "%d", i);
		CU_ASSERT(next() > 0);
		CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_ORDINAL"), number);
		CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_MESSAGE"),
				       i < 3 ? "true" : "(absent)");
		CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_LAST"), i < 3 ? "false" : "true");
		if (i == 1)
			(void)snprintf(id, sizeof(id), "%.40s", field("CONTAINER_PARTIAL_ID"));
		CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_ID"), id);
		CU_ASSERT_EQUAL(strlen(field("MESSAGE")),
				i < 3 ? PIECE_MAX : 40000 - 2 * PIECE_MAX);
	}
	message_is("next");
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_ID"), "(absent)");
	end();
}

static void one_that_is_too_long_for_a_datagram_is_a_sealed_file(void)
{
	static char text[12000];
	int sender = -1;
	int small = 4096;

	begin();
	sender = journal_connect(path);
	CU_ASSERT(sender >= 0);
	(void)setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	memset(text, 'y', sizeof(text));
	memcpy(text, "MESSAGE=", 8);
	text[sizeof(text) - 1] = '\n';
	const struct iovec parts[] = { { text, 6000 }, { text + 6000, 6000 } };

	CU_ASSERT_EQUAL(journal_send(sender, parts, 2), 0);
	CU_ASSERT_EQUAL(next(), sizeof(text));
	CU_ASSERT_EQUAL(memcmp(entry, text, sizeof(text)), 0);
	(void)close(sender);
	end();
}

/* ---- a journal that is gone -------------------------------------------------------------------------------- */

static uint64_t dropped(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };

	f.ops->counters(f.stream, &counters);
	return counters.lines_dropped;
}

static void one_that_was_restarted_misses_nothing(void)
{
	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "before\n");
	fixture_run(5);
	message_is("before");
	stop_serving();
	serve();
	fixture_say(f.stdio.out, "after\n");
	fixture_run(5);
	message_is("after");
	CU_ASSERT_EQUAL(dropped(), 0);
	CU_ASSERT_EQUAL(f.warnings, 0);
	end();
}

static void while_it_is_gone_lines_are_counted(void)
{
	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "before\nhalf a");
	fixture_run(30);
	message_is("before");
	message_is("half a");
	stop_serving();
	fixture_say(f.stdio.out, " line\n1\n2\n3\n");
	fixture_run(5);
	CU_ASSERT_EQUAL(dropped(), 4);
	CU_ASSERT_EQUAL(strtoull(fixture_file("dropped"), NULL, 10), 4);
	CU_ASSERT_EQUAL(f.warnings, 1);
	serve();
	fixture_run(1100);
	fixture_say(f.stdio.out, "after\n");
	fixture_run(5);
	message_is(""); /* the line that lost its end is closed */
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_PARTIAL_LAST"), "true");
	message_is("[cleat: 4 lines dropped]");
	CU_ASSERT_STRING_EQUAL(field("PRIORITY"), "3");
	message_is("after");
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_LOG_ORDINAL"), "5");
	CU_ASSERT_EQUAL(dropped(), 4);
	CU_ASSERT_EQUAL(f.warnings, 1);
	end();
}

static void none_from_the_beginning_is_no_error(void)
{
	begin();
	stop_serving();
	UNIT_OK(fixture_stream(&err), err);
	CU_ASSERT_EQUAL(f.warnings, 1);
	fixture_say(f.stdio.out, "lost\n");
	fixture_run(5);
	CU_ASSERT_EQUAL(dropped(), 1);
	end();
}

/* ---- a journal that is slow ---------------------------------------------------------------------------------- */

enum { MANY = 20000 };

/* As much as the program can say; the number of lines. */
static int say_all(int from)
{
	char line[32];
	int i = from;

	for (; i < MANY; i++) {
		int n = snprintf(line, sizeof(line), "line %05d\n", i);

		if (write(f.stdio.out, line, (size_t)n) != n)
			break;
	}
	return i;
}

static void blocking_holds_the_program_and_loses_nothing(void)
{
	char wanted[32];
	int written = 0;
	int heard = 0;

	begin();
	UNIT_OK(fixture_stream(&err), err);
	(void)fcntl(f.stdio.out, F_SETFL, O_NONBLOCK);
	(void)fcntl(f.stdio.out, F_SETPIPE_SZ, 4096);
	for (int i = 0; i < 20; i++) {
		written = say_all(written);
		fixture_run(1);
	}
	CU_ASSERT(written < MANY); /* nobody reads the journal's socket */
	for (int i = 0; i < 100000 && heard < MANY; i++) {
		written = say_all(written);
		(void)loop_step(f.loop, NS_PER_MS);
		while (next() > 0) {
			(void)snprintf(wanted, sizeof(wanted), "line %05d", heard++);
			if (strcmp(field("MESSAGE"), wanted) != 0)
				CU_FAIL_FATAL("not in order");
		}
	}
	CU_ASSERT_EQUAL(heard, MANY);
	CU_ASSERT_EQUAL(dropped(), 0);
	end();
}

static void non_blocking_drops_and_counts_exactly(void)
{
	int written = 0;
	int heard = 0;
	unsigned long long said = 0;

	begin();
	f.settings.mode = MODE_NON_BLOCKING;
	f.settings.max_buffer = 16 << 10;
	UNIT_OK(fixture_stream(&err), err);
	(void)fcntl(f.stdio.out, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 2000 && written < MANY; i++) {
		written = say_all(written);
		(void)loop_step(f.loop, NS_PER_MS);
	}
	CU_ASSERT_EQUAL(written, MANY); /* never held up */
	fixture_run(20);
	CU_ASSERT(dropped() > 0);
	for (int i = 0; i < 1000; i++) {
		(void)loop_step(f.loop, NS_PER_MS);
		while (next() > 0)
			if (sscanf(field("MESSAGE"), "[cleat: %llu lines dropped]", &said) != 1)
				heard++;
	}
	CU_ASSERT_EQUAL((uint64_t)heard + dropped(), MANY);
	CU_ASSERT_EQUAL(said, dropped());
	end();
}

static void what_nobody_took_is_counted_at_the_end(void)
{
	int written = 0;

	begin();
	UNIT_OK(fixture_stream(&err), err);
	(void)fcntl(f.stdio.out, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 20; i++) {
		written = say_all(written);
		fixture_run(1);
	}
	(void)close(f.stdio.out);
	f.stdio.out = -1;
	f.ops->close(f.stream);
	f.stream = NULL;
	uint64_t lost = strtoull(fixture_file("dropped"), NULL, 10);
	int heard = 0;

	while (next() > 0)
		heard++;
	/* what was in the program's pipe only is not known to us */
	CU_ASSERT(lost > 0 && lost + (uint64_t)heard <= (uint64_t)written);
	end();
}

static void count_drained(void *arg)
{
	++*(int *)arg;
}

/* The limit of a drain is for pipes that others hold open, not for a journal that takes its time. */
static void a_slow_one_gets_more_time_at_the_end(void)
{
	int written = 0;
	int heard = 0;
	int over = 0;

	begin();
	UNIT_OK(fixture_stream(&err), err);
	(void)fcntl(f.stdio.out, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 20; i++) {
		written = say_all(written);
		fixture_run(1);
	}
	(void)close(f.stdio.out);
	(void)close(f.stdio.err);
	f.stdio.out = f.stdio.err = -1;
	f.ops->drain(f.stream, 300 * NS_PER_MS, count_drained, &over);
	fixture_run(400);
	CU_ASSERT_EQUAL(over, 0);
	for (int i = 0; i < 100000 && !over; i++) {
		(void)loop_step(f.loop, NS_PER_MS);
		while (next() > 0)
			heard++;
	}
	while (next() > 0)
		heard++;
	CU_ASSERT_EQUAL(over, 1);
	CU_ASSERT_EQUAL(heard, written);
	CU_ASSERT_EQUAL(dropped(), 0);
	f.ops->close(f.stream);
	f.stream = NULL;
	end();
}

/* ---- a shim that is killed -------------------------------------------------------------------------------------- */

static void a_later_shim_goes_on_in_the_same_epoch(void)
{
	char pipes[64];
	char epoch[64];

	begin();
	(void)snprintf(pipes, sizeof(pipes), "%s/io", f.dir);
	CU_ASSERT_EQUAL(mkdir(pipes, 0700), 0);
	f.req.pipe_dir = pipes;
	pid_t child = fork();

	if (child == 0) {
		if (fixture_stream(&err) < 0)
			_exit(1);
		fixture_say(f.stdio.out, "one\ntwo\n");
		fixture_run(5);
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
	message_is("one");
	(void)snprintf(epoch, sizeof(epoch), "%.40s", field("CONTAINER_LOG_EPOCH"));
	message_is("two");
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "three\n");
	fixture_run(5);
	message_is("three");
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_LOG_EPOCH"), epoch);
	CU_ASSERT_STRING_EQUAL(field("CONTAINER_LOG_ORDINAL"), "3");
	end();
}

UNIT_MAIN("io/log journal", UNIT_TEST(dockers_fields), UNIT_TEST(tag_labels_and_variables),
	  UNIT_TEST(a_tag_that_means_nothing), UNIT_TEST(parts_of_a_long_line),
	  UNIT_TEST(one_that_is_too_long_for_a_datagram_is_a_sealed_file),
	  UNIT_TEST(one_that_was_restarted_misses_nothing),
	  UNIT_TEST(while_it_is_gone_lines_are_counted),
	  UNIT_TEST(none_from_the_beginning_is_no_error),
	  UNIT_TEST(blocking_holds_the_program_and_loses_nothing),
	  UNIT_TEST(non_blocking_drops_and_counts_exactly),
	  UNIT_TEST(what_nobody_took_is_counted_at_the_end),
	  UNIT_TEST(a_slow_one_gets_more_time_at_the_end),
	  UNIT_TEST(a_later_shim_goes_on_in_the_same_epoch))
