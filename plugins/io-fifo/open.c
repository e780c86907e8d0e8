/* SPDX-License-Identifier: Apache-2.0 */
/* open.c - make a stream from three URIs, as containerd writes them. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "uri.h"

static int open_null(int flags, int *out_end, struct cleat_error *err)
{
	if (!out_end)
		return 0;
	*out_end = open("/dev/null", flags | O_CLOEXEC);
	return *out_end < 0 ? cleat_fail(err, errno, "cannot open '/dev/null': %m") : 0;
}

static bool has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* @uri is stdout's or stderr's. *@out_end stays -1 when @out_end is NULL: a terminal's copier writes. */
static int open_sink(struct sink *sink, const char *uri, const struct cleat_io_request *req,
		     int *out_end, struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (!*uri) {
		sink->target = TARGET_NONE;
		return open_null(O_WRONLY, out_end, err);
	}
	if (strcmp(uri, "discard:") == 0)
		return discard_open(sink, req, out_end, err);
	if (uri[0] == '/')
		return fifo_open_output(sink, uri, req, out_end, err);
	if (!has_prefix(uri, "file:///") && !has_prefix(uri, "fifo:///"))
		return cleat_fail(
			err, ENOTSUP,
			"cannot use '%s': io/fifo knows paths, fifo://, file://, binary:// and discard:",
			uri);
	path = uri_path(uri);
	if (!path)
		return cleat_fail(err, ENOMEM, "cannot open '%s': out of memory", uri);
	if (has_prefix(uri, "file:"))
		return file_open_output(sink, path, true, out_end, err);
	return fifo_open_output(sink, path, req, out_end, err);
}

static int open_plain(struct stream *stream, const struct cleat_io_request *req,
		      struct cleat_stdio *out, struct cleat_error *err)
{
	/* file: takes both: containerd's rule */
	const char *errors = has_prefix(req->out, "file:") ? req->out : req->err;
	int r = *req->in ? input_open(stream, req, &out->in, err)
			 : open_null(O_RDONLY, &out->in, err);

	if (r == 0 && logger_is_uri(req->out)) /* takes both, too */
		return logger_open(stream, req, &out->out, &out->err, err);
	if (r == 0)
		r = open_sink(&stream->out, req->out, req, &out->out, err);
	if (r == 0)
		r = open_sink(&stream->err, errors, req, &out->err, err);
	return r;
}

static int open_terminal(struct stream *stream, const struct cleat_io_request *req,
			 struct cleat_error *err)
{
	int r = *req->in ? input_open(stream, req, NULL, err) : 0;

	if (r == 0 && logger_is_uri(req->out))
		return logger_open(stream, req, NULL, NULL, err);
	if (r == 0)
		r = open_sink(&stream->out, req->out, req, NULL, err);
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
	stream->input = stream->input_keep = stream->tty.master = stream->logger.pidfd = -1;
	stream->out = stream->err = (struct sink){ .stream = stream, .fd = -1 };
	int r = req->terminal ? open_terminal(stream, req, err)
			      : open_plain(stream, req, &ends, err);

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
