/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - read what a program says, and split it into lines.
 *
 * The beginning of a line waits a little for its end: programs write lines in pieces. Then it is
 * written as a part, so that somebody who follows the log sees a prompt.
 */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { ROUND = LANE_ROOM - 2 * PIECE_MAX, SOME = 4096, ROUNDS = 16 };
#define PATIENCE_NS 10000000ull   /* with the beginning of a line */
#define QUIET_NS    1000000000ull /* after so long without output memory is given back */

/* ---- lines --------------------------------------------------------------------------------------- */

/* Not in the middle of a character, where there are characters. */
static size_t cut(const char *text)
{
	size_t n = PIECE_MAX;

	while (n > PIECE_MAX - 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n > PIECE_MAX - 4 ? n : PIECE_MAX;
}

/* The next piece of text[0..len). False: it is the beginning of a line, and may wait. */
static bool next_piece(const char *text, size_t len, struct piece *out)
{
	const char *newline = memchr(text, '\n', len);

	out->text = text;
	out->len = newline ? (size_t)(newline - text) : len;
	out->full = newline && out->len <= PIECE_MAX;
	if (out->len > PIECE_MAX)
		out->len = cut(text);
	else if (!newline)
		return false;
	return true;
}

static bool give(struct source *source, struct piece *piece)
{
	struct stream *stream = source->stream;
	uint32_t end = source->taken + (uint32_t)piece->len + piece->full;

	piece->stream = source->index;
	piece->upto = end;
	if (stream->spool.skip[source->index] > 0) { /* a shim that was killed has written it */
		stream->spool.skip[source->index]--;
		spool_take(&stream->spool, source->index, end);
	} else if (!sink_add(&stream->sink, piece)) {
		return false;
	}
	source->taken = end;
	return true;
}

/* To the log what is there. @all: also the beginning of a line. */
static void split(struct source *source, bool all)
{
	struct spool *spool = &source->stream->spool;
	const char *bytes = spool_bytes(spool, source->index);
	uint32_t end = spool_end(spool, source->index);
	struct piece piece = { 0 };

	while (source->taken < end &&
	       (next_piece(bytes + source->taken, end - source->taken, &piece) || all) &&
	       give(source, &piece))
		;
	sink_flush(&source->stream->sink);
	source->taken = spool_start(spool, source->index);
}

/* Is there something that the log may have, now or when it is a line? */
static bool has_beginning(const struct source *source)
{
	const struct stream *stream = source->stream;

	return sink_is_kept(&stream->sink) && !sink_holds(&stream->sink) &&
	       spool_start(&stream->spool, source->index) <
		       spool_end(&stream->spool, source->index);
}

/* ---- the beginning of a line waits ------------------------------------------------------------------ */

static void look_again(struct source *source, uint64_t delay_ns);

static void give_rest(struct source *source)
{
	sink_stamp(&source->stream->sink, now_ns());
	split(source, true);
}

static void waited(void *arg)
{
	struct source *source = arg;
	uint64_t now = now_ns();
	uint64_t age = now > source->rest_since ? now - source->rest_since : PATIENCE_NS;

	source->stream->io->host->unwatch(source->late);
	source->late = NULL;
	if (!has_beginning(source))
		return;
	if (age < PATIENCE_NS)
		look_again(source, PATIENCE_NS - age);
	else
		give_rest(source);
}

static void look_again(struct source *source, uint64_t delay_ns)
{
	const struct cleat_host *host = source->stream->io->host;
	struct cleat_error err = { 0 };

	if (!source->late &&
	    host->watch_timer(host, delay_ns, waited, source, &source->late, &err) < 0)
		give_rest(source);
}

/* ---- memory of a burst ------------------------------------------------------------------------------- */

static void quiet(void *arg);

static void shrink_later(struct stream *stream)
{
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };

	stream->was_busy = true;
	if (!stream->shrink)
		(void)host->watch_timer(host, QUIET_NS, quiet, stream, &stream->shrink, &err);
}

static void quiet(void *arg)
{
	struct stream *stream = arg;

	stream->io->host->unwatch(stream->shrink);
	stream->shrink = NULL;
	if (!stream->was_busy) {
		spool_shrink(&stream->spool);
		sink_shrink(&stream->sink);
		return;
	}
	shrink_later(stream);
	stream->was_busy = false;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void count(struct stream *stream, const struct source *source, size_t n)
{
	struct cleat_io_counters *counters = &stream->counters;

	if (!sink_is_kept(&stream->sink) && !stream->clients) {
		counters->bytes_discarded += n;
		if (stream->discarded)
			*stream->discarded += n;
	} else if (source->index == 0) {
		counters->bytes_out += n;
	} else {
		counters->bytes_err += n;
	}
}

/* The place @at of the spool has @n bytes more. */
static void took(struct source *source, uint32_t at, size_t n)
{
	struct stream *stream = source->stream;
	const char *bytes = spool_bytes(&stream->spool, source->index) + at;

	count(stream, source, n);
	clients_give(stream, source->index, bytes, n);
	if (!sink_is_kept(&stream->sink)) {
		spool_take(&stream->spool, source->index, at + (uint32_t)n);
		return;
	}
	uint64_t now = now_ns();
	uint32_t before = source->taken = spool_start(&stream->spool, source->index);

	sink_stamp(&stream->sink, now);
	split(source, false);
	if (before == at || source->taken != before)
		source->rest_since = now;
}

/*
 * 1: something came, 0: nothing now, -1: it is over (a terminal says EIO). How much a pipe has is asked
 * first: then the read is all or nothing, and needs no second one that finds nothing.
 */
static int read_round(struct source *source, bool is_first)
{
	struct stream *stream = source->stream;
	struct spool *spool = &stream->spool;
	int there = 0;

	if (!source->is_terminal && ioctl(source->fd, FIONREAD, &there) < 0)
		there = 0;
	if (there == 0 && !is_first && !source->is_terminal && !stream->draining)
		return 0;
	size_t n = spool_room(spool, source->index,
			      there == 0      ? SOME
			      : there < ROUND ? (size_t)there
					      : ROUND);
	uint32_t at = spool_end(spool, source->index);
	ssize_t got = spool_read(spool, source->index, source->fd, n, there > 0);

	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM) ? 0 : -1;
	took(source, at, (size_t)got);
	return 1;
}

static void settle(struct source *source)
{
	if (has_beginning(source))
		look_again(source, PATIENCE_NS);
	shrink_later(source->stream);
}

bool source_read(struct source *source)
{
	int r = 1;

	for (int i = 0; r > 0 && i < ROUNDS && !stream_holds(source->stream); i++)
		r = read_round(source, i == 0);
	settle(source);
	return r < 0;
}

static void ready(void *arg, uint32_t events)
{
	struct source *source = arg;
	struct stream *stream = source->stream;

	(void)events;
	if (source_read(source)) {
		source_end(source);
		stream_check(stream);
	} else if (stream_holds(stream)) {
		source_listen(&stream->out, false);
		source_listen(&stream->err, false);
	}
}

void source_listen(struct source *source, bool on)
{
	const struct cleat_host *host = source->stream->io->host;
	struct cleat_error err = { 0 };

	if (on && !source->watch && source->fd >= 0) {
		if (host->watch_fd(host, source->fd, EPOLLIN, ready, source, &source->watch, &err) <
		    0)
			source_end(source); /* no memory: it would wait for ever */
	} else if (!on) {
		host->unwatch(source->watch);
		source->watch = NULL;
	}
}

/* What was there before, when the log took nothing, or when the last shim was killed. */
void source_go_on(struct source *source)
{
	struct stream *stream = source->stream;

	if (!has_beginning(source))
		return;
	uint64_t now = now_ns();

	source->taken = spool_start(&stream->spool, source->index);
	sink_stamp(&stream->sink, now);
	split(source, source->done);
	source->rest_since = now;
	settle(source);
}

int source_start(struct source *source, int fd, struct cleat_error *err)
{
	const struct cleat_host *host = source->stream->io->host;

	source->fd = fd;
	source->done = false;
	source_go_on(source);
	return host->watch_fd(host, fd, EPOLLIN, ready, source, &source->watch, err);
}

void source_end(struct source *source)
{
	const struct cleat_host *host = source->stream->io->host;
	int fd = take_fd(&source->fd);

	host->unwatch(source->watch);
	host->unwatch(source->late);
	source->watch = source->late = NULL;
	cleat_closep(&fd);
	source->done = true;
	source_go_on(source);
}
