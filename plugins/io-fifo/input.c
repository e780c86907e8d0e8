/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.c - standard input: a fifo whose end the program sees only when it is told so.
 *
 * We hold a writing end. A client that closes, or dies, or is not there yet, is therefore no end of
 * file: CloseIO is. Before the program runs, a CloseIO waits: the program is to see its input first.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

static int keep_open(struct stream *stream, int fd, const char *path, struct cleat_error *err)
{
	char again[64];

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	stream->input_keep = open(again, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (stream->input_keep < 0)
		return cleat_fail(err, errno, "cannot open input '%s': %m", path);
	return 0;
}

int input_open(struct stream *stream, const struct cleat_io_request *req, int *out_end,
	       struct cleat_error *err)
{
	_cleanup_close_ int fd = open(req->in, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot open input '%s': %m", req->in);
	if (S_ISFIFO(st.st_mode)) {
		fifo_give(stream->io, fd, req);
		r = keep_open(stream, fd, req->in, err);
	}
	if (r < 0)
		return r;
	if (!out_end) {
		stream->input = take_fd(&fd);
		return 0;
	}
	(void)fcntl(fd, F_SETFL, 0); /* programs expect to wait for input */
	*out_end = take_fd(&fd);
	return 0;
}

static void let_go(struct stream *stream)
{
	int fd = take_fd(&stream->input_keep);

	cleat_closep(&fd);
}

void input_started(void *arg)
{
	struct stream *stream = arg;

	stream->started = true;
	if (stream->close_asked)
		let_go(stream);
}

int input_close(void *arg, struct cleat_error *err)
{
	struct stream *stream = arg;

	(void)err; /* closing twice, or what is not there, is success */
	stream->close_asked = true;
	if (stream->started)
		let_go(stream);
	return 0;
}
