/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - the life of a stream after it was opened: terminal, end, counters. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cleat/cleanup.h>

/* ---- a terminal -------------------------------------------------------------------------------- */

int stream_console(void *arg, int master, struct cleat_error *err)
{
	struct stream *stream = arg;

	if (!stream->is_terminal || stream->master >= 0)
		return cleat_fail(err, EINVAL, "the stream has no use for a terminal");
	_cleanup_close_ int fd = fcntl(master, F_DUPFD_CLOEXEC, 3);

	stream->master = fcntl(master, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || stream->master < 0)
		return cleat_fail(err, errno, "cannot keep a terminal: %m");
	(void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	stream->out.is_terminal = true;
	stream->input = stream->master;
	return source_start(&stream->out, take_fd(&fd), err);
}

int stream_resize(void *arg, uint16_t rows, uint16_t columns, struct cleat_error *err)
{
	struct stream *stream = arg;
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (stream->master < 0 || ioctl(stream->master, TIOCSWINSZ, &size) == 0)
		return 0;
	return cleat_fail(err, errno, "cannot resize a terminal: %m");
}

enum { EXTENSIONS = 4 };

/* ---- the end ------------------------------------------------------------------------------------- */

static void finish(struct stream *stream)
{
	void (*drained)(void *arg) = stream->drained;

	stream->io->host->unwatch(stream->limit);
	stream->limit = NULL;
	stream->drained = NULL;
	if (drained)
		drained(stream->drained_arg); /* may close the stream */
}

void stream_check(struct stream *stream)
{
	if (stream->draining && stream->out.done && stream->err.done && !stream_holds(stream))
		finish(stream);
}

bool stream_holds(const struct stream *stream)
{
	return clients_hold(stream) || sink_holds(&stream->sink);
}

void stream_started(void *arg)
{
	struct stream *stream = arg;

	stream->started = true;
	clients_close_input(stream);
}

int stream_close_stdin(void *arg, struct cleat_error *err)
{
	struct stream *stream = arg;

	(void)err; /* closing twice, or what is not there, is success */
	stream->close_asked = true;
	clients_close_input(stream);
	return 0;
}

static void time_is_up(void *arg);

/* The limit is for a pipe that somebody else holds open; a log that is only slow gets more of it. */
static bool gets_more_time(struct stream *stream)
{
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };
	uint64_t given = stream->sink.given;

	stream->io->host->unwatch(stream->limit);
	stream->limit = NULL;
	/* It may have room at this moment, and we not have come to use it. */
	if (!sink_has_held(&stream->sink) || given == stream->given_before ||
	    ++stream->extensions > EXTENSIONS)
		return false;
	stream->given_before = given;
	return host->watch_timer(host, stream->limit_ns, time_is_up, stream, &stream->limit,
				 &err) == 0;
}

static void time_is_up(void *arg)
{
	struct stream *stream = arg;

	if (gets_more_time(stream))
		return;
	source_end(&stream->out);
	source_end(&stream->err);
	finish(stream);
}

static void read_rest(struct source *source)
{
	if (!source->done && (source->fd < 0 || source_read(source)))
		source_end(source);
}

void stream_release(struct stream *stream)
{
	source_go_on(&stream->out);
	source_go_on(&stream->err);
	if (stream_holds(stream))
		return;
	source_listen(&stream->out, true);
	source_listen(&stream->err, true);
	stream_check(stream);
}

void stream_drain(void *arg, uint64_t limit_ns, void (*done)(void *arg), void *done_arg)
{
	struct stream *stream = arg;
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };

	stream->draining = true;
	stream->limit_ns = limit_ns;
	stream->given_before = UINT64_MAX;
	stream->drained = done;
	stream->drained_arg = done_arg;
	read_rest(&stream->out);
	read_rest(&stream->err);
	if (!(stream->out.done && stream->err.done && !stream_holds(stream)) &&
	    host->watch_timer(host, limit_ns, time_is_up, stream, &stream->limit, &err) < 0)
		time_is_up(stream);
	else
		stream_check(stream);
}

void stream_close(void *arg)
{
	struct stream *stream = arg;

	stream->io->host->unwatch(stream->limit);
	source_end(&stream->out);
	source_end(&stream->err);
	clients_end(stream);
	if (!stream->is_terminal)
		cleat_closep(&stream->input);
	cleat_closep(&stream->master);
	stream->io->host->unwatch(stream->shrink);
	sink_close(&stream->sink);
	spool_close(&stream->spool);
	cleat_io_discarded_end(stream->discarded);
	free(stream);
}

/* ---- the rest ------------------------------------------------------------------------------------- */

void stream_counters(void *arg, struct cleat_io_counters *out)
{
	struct stream *stream = arg;
	uint32_t size = out->size < sizeof(*out) ? out->size : (uint32_t)sizeof(*out);
	struct cleat_io_counters now = stream->counters;

	now.size = out->size;
	now.lines_dropped = sink_dropped(&stream->sink);
	memcpy(out, &now, size);
}

int stream_reopen(void *arg, struct cleat_error *err)
{
	struct stream *stream = arg;

	return sink_reopen(&stream->sink, err);
}
