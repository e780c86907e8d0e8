/* SPDX-License-Identifier: Apache-2.0 */
/* test_streams.c - bytes arrive whole, whatever is at the ends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "cli/streams.h"
#include "support/unit.h"

static void count(void *arg)
{
	++*(int *)arg;
}

static void run_until(struct loop *loop, const bool *flag)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + 5 * NS_PER_S;

	while (!*flag && clock_now(CLOCK_MONOTONIC) < end)
		(void)loop_step(loop, 10 * NS_PER_MS);
	CU_ASSERT_TRUE(*flag);
}

static int temporary(void)
{
	char path[] = "/tmp/cli-streams-XXXXXX";
	int fd = mkstemp(path);

	(void)unlink(path);
	return fd;
}

/* File to pipe to file: neither end can be watched at the same time as the other. */
static void files_and_pipes(void)
{
	enum { SIZE = 1 << 20 };
	struct cleat_error err = { 0 };
	struct stream in = { 0 };
	struct stream out = { 0 };
	struct loop *loop = NULL;
	int from = temporary();
	int to = temporary();
	int ends[2];
	int done = 0;
	char *data = malloc(SIZE);
	char *copy = malloc(SIZE);

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 7 + i / 1000);
	CU_ASSERT_EQUAL(fd_write_all(from, data, SIZE), 0);
	CU_ASSERT_EQUAL(lseek(from, 0, SEEK_SET), 0);
	CU_ASSERT_EQUAL(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(stream_start(&in, loop, from, ends[1], count, &done, &err), err);
	UNIT_OK(stream_start(&out, loop, ends[0], to, count, &done, &err), err);
	run_until(loop, &in.ended);
	CU_ASSERT_EQUAL(done, 1);
	(void)close(ends[1]);
	run_until(loop, &out.ended);
	CU_ASSERT_EQUAL(done, 2);
	CU_ASSERT_EQUAL(pread(to, copy, SIZE, 0), SIZE);
	CU_ASSERT_EQUAL(memcmp(data, copy, SIZE), 0);
	stream_stop(&in);
	stream_stop(&out);
	loop_free(loop);
	free(data);
	free(copy);
	(void)close(from);
	(void)close(to);
	(void)close(ends[0]);
}

/* A shared pipe must stay blocking, and a slow reader must not stop the loop. */
static void a_shared_pipe_is_left_alone(void)
{
	struct cleat_error err = { 0 };
	struct stream stream = { 0 };
	struct loop *loop = NULL;
	int from[2];
	int to[2];
	char block[4096] = "x";
	size_t got = 0;

	CU_ASSERT_EQUAL(pipe2(from, O_CLOEXEC | O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(pipe2(to, O_CLOEXEC), 0);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(stream_start(&stream, loop, from[0], to[1], NULL, NULL, &err), err);
	CU_ASSERT_EQUAL(stream.to_kind, STREAM_SHARED);
	size_t sent = 0;

	/* far more than both pipes hold */
	for (int i = 0; i < 200; i++) {
		ssize_t n = write(from[1], block, sizeof(block));

		sent += n > 0 ? (size_t)n : 0;
		CU_ASSERT_EQUAL(loop_step(loop, 0), 0);
	}
	CU_ASSERT_EQUAL(fcntl(to[1], F_GETFL) & O_NONBLOCK, 0);
	(void)close(from[1]);
	(void)fcntl(to[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 2000 && !stream.ended; i++) {
		ssize_t n = read(to[0], block, sizeof(block));

		got += n > 0 ? (size_t)n : 0;
		CU_ASSERT_EQUAL(loop_step(loop, NS_PER_MS), 0);
	}
	CU_ASSERT_TRUE(stream.ended);
	for (ssize_t n = 1; n > 0; got += n > 0 ? (size_t)n : 0)
		n = read(to[0], block, sizeof(block));
	CU_ASSERT_EQUAL(got, sent);
	stream_stop(&stream);
	loop_free(loop);
	(void)close(from[0]);
	(void)close(to[0]);
	(void)close(to[1]);
}

static void a_reader_that_left(void)
{
	struct cleat_error err = { 0 };
	struct stream stream = { 0 };
	struct loop *loop = NULL;
	int from[2];
	int to[2];
	int done = 0;
	bool over = false;

	(void)signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL(pipe2(from, O_CLOEXEC | O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(pipe2(to, O_CLOEXEC), 0);
	(void)close(to[0]);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(stream_start(&stream, loop, from[0], to[1], count, &done, &err), err);
	CU_ASSERT_EQUAL(write(from[1], "x", 1), 1);
	for (int i = 0; i < 100 && !stream.broken; i++)
		(void)loop_step(loop, 10 * NS_PER_MS);
	CU_ASSERT_EQUAL(stream.broken, EPIPE);
	CU_ASSERT_EQUAL(done, 1);
	/* The rest is thrown away, so that the writer is not held. */
	CU_ASSERT_EQUAL(write(from[1], "yyy", 3), 3);
	(void)close(from[1]);
	run_until(loop, &stream.ended);
	over = stream.start == stream.end;
	CU_ASSERT_TRUE(over);
	stream_stop(&stream);
	loop_free(loop);
	(void)close(from[0]);
	(void)close(to[1]);
}

static void sockets_and_dev_null(void)
{
	struct cleat_error err = { 0 };
	struct stream stream = { 0 };
	struct stream nothing = { 0 };
	struct loop *loop = NULL;
	int pair[2];
	int from[2];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char got[8] = "";

	CU_ASSERT_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CU_ASSERT_EQUAL(pipe2(from, O_CLOEXEC | O_NONBLOCK), 0);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(stream_start(&stream, loop, from[0], pair[0], NULL, NULL, &err), err);
	CU_ASSERT_EQUAL(stream.to_kind, STREAM_SOCKET);
	UNIT_OK(stream_start(&nothing, loop, null, pair[1], NULL, NULL, &err), err);
	CU_ASSERT_EQUAL(nothing.from_kind, STREAM_FILE);
	run_until(loop, &nothing.ended);
	CU_ASSERT_EQUAL(write(from[1], "hello", 5), 5);
	(void)close(from[1]);
	run_until(loop, &stream.ended);
	CU_ASSERT_EQUAL(recv(pair[1], got, sizeof(got), MSG_DONTWAIT), 5);
	CU_ASSERT_STRING_EQUAL(got, "hello");
	stream_stop(&stream);
	stream_stop(&nothing);
	loop_free(loop);
	(void)close(from[0]);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(null);
}

/* What is there when the program has ended, although somebody still holds the pipe. */
static void flush_takes_what_is_there(void)
{
	struct cleat_error err = { 0 };
	struct stream stream = { 0 };
	struct loop *loop = NULL;
	int from[2];
	int to = temporary();
	char got[8] = "";

	CU_ASSERT_EQUAL(pipe2(from, O_CLOEXEC | O_NONBLOCK), 0);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(stream_start(&stream, loop, from[0], to, NULL, NULL, &err), err);
	CU_ASSERT_EQUAL(write(from[1], "last", 4), 4);
	CU_ASSERT_TRUE(stream_flush(&stream));
	CU_ASSERT_EQUAL(pread(to, got, sizeof(got), 0), 4);
	CU_ASSERT_FALSE(stream.ended);
	stream_stop(&stream);
	loop_free(loop);
	(void)close(from[0]);
	(void)close(from[1]);
	(void)close(to);
}

UNIT_MAIN("cli/streams", UNIT_TEST(files_and_pipes), UNIT_TEST(a_shared_pipe_is_left_alone),
	  UNIT_TEST(a_reader_that_left), UNIT_TEST(sockets_and_dev_null),
	  UNIT_TEST(flush_takes_what_is_there))
