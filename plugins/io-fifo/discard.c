/* SPDX-License-Identifier: Apache-2.0 */
/* discard.c - output that nobody wants: read, counted and forgotten, so that the program never waits. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>

#include <cleat/cleanup.h>

enum { ROUND = 16 << 10, ROUNDS = 16 };

bool discard_read(struct sink *sink)
{
	char waste[ROUND];

	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = read(sink->fd, waste, sizeof(waste));

		if (n == 0)
			return true;
		if (n < 0)
			return errno != EAGAIN && errno != EINTR;
		sink->stream->counters.bytes_discarded += (uint64_t)n;
		if (sink->stream->discarded)
			*sink->stream->discarded += (uint64_t)n;
	}
	return false;
}

static void ready(void *arg, uint32_t events)
{
	struct sink *sink = arg;
	struct stream *stream = sink->stream;

	(void)events;
	if (!discard_read(sink))
		return;
	sink_end(sink);
	drain_check(stream);
}

/* O_RDWR, so that a dead shim does not mean SIGPIPE. */
static int program_end(int writer, int *out_end, struct cleat_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", writer);
	*out_end = open(path, O_RDWR | O_CLOEXEC);
	return *out_end < 0 ? cleat_fail(err, errno, "cannot open a pipe: %m") : 0;
}

int discard_open(struct sink *sink, const struct cleat_io_request *req, int *out_end,
		 struct cleat_error *err)
{
	const struct cleat_host *host = sink->stream->io->host;
	const char *name = sink == &sink->stream->err ? "err" : "out";
	int ends[2];

	sink->target = TARGET_DISCARD;
	if (!out_end) /* a terminal's copier drops it itself */
		return 0;
	int r = cleat_io_pipe(req, name, ends);

	if (r < 0)
		return cleat_fail(err, -r, "cannot make a pipe: %m");
	sink->fd = ends[0];
	if (!sink->stream->discarded)
		sink->stream->discarded = cleat_io_discarded(req);
	r = program_end(ends[1], out_end, err);

	(void)close(ends[1]);
	if (r == 0)
		r = host->watch_fd(host, sink->fd, EPOLLIN, ready, sink, &sink->watch, err);
	return r;
}
