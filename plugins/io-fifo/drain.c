/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drain.c - after the end of a process: its output is out, or the time is up.
 *
 * A fifo is only let go of when somebody has it open for reading or it is empty. There is no event for
 * a reader that comes, so while unread output waits for one we look, twenty times a second, at most
 * until the limit.
 */
#include "stream.h"

#include <signal.h>

#include <cleat/cleanup.h>

enum { LOOK_NS = 50 * 1000 * 1000 };

void sink_end(struct sink *sink)
{
	const struct cleat_host *host = sink->stream->io->host;
	int fd = take_fd(&sink->fd);

	host->unwatch(sink->watch);
	sink->watch = NULL;
	cleat_closep(&fd);
	sink->done = true;
}

static void settle(struct sink *sink)
{
	if (sink->done)
		return;
	if (sink->target == TARGET_FIFO && !fifo_let_go(sink))
		return;
	if (sink->target == TARGET_DISCARD && sink->fd >= 0 && !discard_read(sink))
		return;
	sink_end(sink);
}

static void finish(struct stream *stream)
{
	const struct cleat_host *host = stream->io->host;
	void (*drained)(void *arg) = stream->drained;

	host->unwatch(stream->limit);
	host->unwatch(stream->look);
	host->unwatch(stream->hurry);
	stream->limit = stream->look = stream->hurry = NULL;
	stream->drained = NULL;
	if (drained)
		drained(stream->drained_arg); /* may close the stream */
}

static void time_is_up(void *arg)
{
	struct stream *stream = arg;

	terminal_end(stream);
	sink_end(&stream->out);
	sink_end(&stream->err);
	logger_signal(stream, SIGKILL);
	logger_forget(stream);
	finish(stream);
}

/* The end of its input was not enough for this logger. */
static void hurry(void *arg)
{
	struct stream *stream = arg;

	stream->io->host->unwatch(stream->hurry);
	stream->hurry = NULL;
	logger_signal(stream, SIGTERM);
}

static void look(void *arg)
{
	struct stream *stream = arg;

	stream->io->host->unwatch(stream->look);
	stream->look = NULL;
	drain_check(stream);
}

static void look_later(struct stream *stream)
{
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };

	if (!stream->look && (stream->out.lingering || stream->err.lingering))
		(void)host->watch_timer(host, LOOK_NS, look, stream, &stream->look, &err);
}

void drain_check(struct stream *stream)
{
	if (!stream->draining)
		return;
	if (stream->tty.master >= 0) {
		if (!stream->tty.output_over || stream->tty.out.start != stream->tty.out.end)
			return;
		terminal_end(stream);
	}
	settle(&stream->out);
	settle(&stream->err);
	if (stream->out.done && stream->err.done && logger_is_over(stream))
		finish(stream);
	else
		look_later(stream);
}

void stream_drain(void *handle, uint64_t limit_ns, void (*done)(void *arg), void *done_arg)
{
	struct stream *stream = handle;
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };

	stream->draining = true;
	stream->drained = done;
	stream->drained_arg = done_arg;
	if (!logger_is_over(stream))
		(void)host->watch_timer(host, limit_ns / 2, hurry, stream, &stream->hurry, &err);
	if (host->watch_timer(host, limit_ns, time_is_up, stream, &stream->limit, &err) < 0)
		time_is_up(stream);
	else
		drain_check(stream);
}
