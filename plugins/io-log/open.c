/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - make a stream whose output goes to the log.
 *
 * The program's end of each pipe is opened O_RDWR (pipe(7), Linux): a shim that dies then does not
 * mean SIGPIPE for the program.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { PIPE_BYTES = 1 << 20 };

static int open_null(int flags, int *out_end, struct cleat_error *err)
{
	*out_end = open("/dev/null", flags | O_CLOEXEC);
	return *out_end < 0 ? cleat_fail(err, errno, "cannot open '/dev/null': %m") : 0;
}

/* The program may open /dev/stdout again, as its own user. */
static void own(int fd, const struct cleat_io_request *req)
{
	int r = req->uid == CLEAT_IO_NOBODY ? fchmod(fd, 0666) : fchown(fd, req->uid, req->gid);

	(void)r; /* only that program would miss it */
}

static int program_end(int writer, const struct cleat_io_request *req, int *out_end,
		       struct cleat_error *err)
{
	char path[64];

	own(writer, req);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", writer);
	*out_end = open(path, O_RDWR | O_CLOEXEC);
	return *out_end < 0 ? cleat_fail(err, errno, "cannot open a pipe: %m") : 0;
}

static int open_pipe(struct source *source, const struct cleat_io_request *req, int *out_end,
		     struct cleat_error *err)
{
	int ends[2];
	int r = cleat_io_pipe(req, source->index ? "err" : "out", ends);

	if (r < 0)
		return cleat_fail(err, -r, "cannot make a pipe: %m");
	_cleanup_close_ int writer = ends[1];

	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one does as well */
	r = source_start(source, ends[0], err);

	return r < 0 ? r : program_end(writer, req, out_end, err);
}

/* @uri is stdout's or stderr's. */
static int open_output(struct source *source, const char *uri, const struct cleat_io_request *req,
		       int *out_end, struct cleat_error *err)
{
	if (*uri && strcmp(uri, "discard:") != 0)
		return cleat_fail(err, ENOTSUP,
				  "cannot use '%s': io/log writes to files and serves no client",
				  uri);
	if (req->terminal)
		return 0;
	return *uri ? open_pipe(source, req, out_end, err) : open_null(O_WRONLY, out_end, err);
}

/* A pipe that those fill who are attached. */
static int open_typed(struct stream *stream, const struct cleat_io_request *req, int *out_end,
		      struct cleat_error *err)
{
	int ends[2];
	int r = cleat_io_pipe(req, "in", ends);

	if (r < 0)
		return cleat_fail(err, -r, "cannot make a pipe: %m");
	(void)fcntl(ends[0], F_SETFL, 0); /* programs expect to wait for input */
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	own(ends[0], req);
	stream->input = ends[1];
	*out_end = ends[0];
	return 0;
}

static int open_input(struct stream *stream, const struct cleat_io_request *req, int *out_end,
		      struct cleat_error *err)
{
	if (*req->in && strcmp(req->in, "attach:") != 0)
		return cleat_fail(err, ENOTSUP, "cannot read '%s': io/log has no input of its own",
				  req->in);
	if (req->terminal)
		return 0;
	return *req->in ? open_typed(stream, req, out_end, err) : open_null(O_RDONLY, out_end, err);
}

static int open_all(struct stream *stream, const struct cleat_io_request *req,
		    struct cleat_stdio *ends, struct cleat_error *err)
{
	int r = spool_open(&stream->spool, req, err);

	if (r == 0)
		r = sink_open(stream, req, err);
	if (r == 0 && !sink_is_kept(&stream->sink) && *req->out)
		stream->discarded = cleat_io_discarded(req);

	if (r == 0)
		r = open_input(stream, req, &ends->in, err);
	if (r == 0)
		r = open_output(&stream->out, req->out, req, &ends->out, err);
	if (r == 0)
		r = open_output(&stream->err, req->err, req, &ends->err, err);
	return r;
}

int stream_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		void **out_stream, struct cleat_error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct cleat_stdio ends = { .in = -1, .out = -1, .err = -1, .terminal = req->terminal };

	if (!stream)
		return cleat_fail(err, ENOMEM, "cannot open the stdio of '%s': out of memory",
				  req->id);
	stream->io = self;
	stream->is_terminal = req->terminal;
	stream->master = stream->input = stream->spool.fd = -1;
	stream->out = (struct source){ .stream = stream, .fd = -1, .done = true };
	stream->err = (struct source){ .stream = stream, .fd = -1, .done = true, .index = 1 };
	int r = open_all(stream, req, &ends, err);

	if (r < 0) {
		cleat_closep(&ends.in);
		cleat_closep(&ends.out);
		cleat_closep(&ends.err);
		stream_close(stream);
		return r;
	}
	ends.size = out->size;
	*out = ends;
	*out_stream = stream;
	return 0;
}
