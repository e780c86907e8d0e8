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
#include <unistd.h>

#include <cleat/cleanup.h>

enum { ROUND = 64 << 10, ROUNDS = 16 };
#define PATIENCE_NS 10000000ull

/* ---- lines --------------------------------------------------------------------------------------- */

/* Not in the middle of a character, where there are characters. */
static size_t cut(const char *text)
{
	size_t n = PIECE_MAX;

	while (n > PIECE_MAX - 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n > PIECE_MAX - 4 ? n : PIECE_MAX;
}

static void add(struct source *source, const char *text, size_t len, bool full)
{
	file_add(&source->stream->file, source->index, text, len, full);
}

/* A line, or all of it that is there; what is added has at most PIECE_MAX bytes. */
static size_t add_pieces(struct source *source, const char *text, size_t len, bool full)
{
	size_t done = 0;

	while (len - done > PIECE_MAX) {
		size_t n = cut(text + done);

		add(source, text + done, n, false);
		done += n;
	}
	if (!full)
		return done;
	add(source, text + done, len - done, true);
	return len;
}

static void forget_rest(struct source *source)
{
	free(source->rest);
	source->rest = NULL;
	source->rest_len = 0;
}

static void give_rest(struct source *source)
{
	if (source->rest_len > 0)
		add(source, source->rest, source->rest_len, false);
	forget_rest(source);
}

/* Keep the beginning of a line. */
static void keep(struct source *source, const char *text, size_t len)
{
	size_t done = add_pieces(source, text, len, false);

	if (len == done)
		return;
	source->rest = malloc(PIECE_MAX);
	if (!source->rest) {
		add(source, text + done, len - done, false);
		return;
	}
	memcpy(source->rest, text + done, len - done);
	source->rest_len = len - done;
	source->rest_since = now_ns();
}

/* What came now continues what waits. The number of bytes taken. */
static size_t join(struct source *source, const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);
	size_t of_line = newline ? (size_t)(newline - text) : len;
	size_t room = PIECE_MAX - source->rest_len;

	if (of_line > room) {
		memcpy(source->rest + source->rest_len, text, room);
		source->rest_len += room;
		give_rest(source);
		return room;
	}
	memcpy(source->rest + source->rest_len, text, of_line);
	source->rest_len += of_line;
	if (!newline)
		return len;
	add(source, source->rest, source->rest_len, true);
	forget_rest(source);
	return of_line + 1;
}

static void split(struct source *source, const char *text, size_t len)
{
	const char *end = text + len;

	if (source->rest_len)
		text += join(source, text, len);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		if (!newline) {
			keep(source, text, (size_t)(end - text));
			return;
		}
		(void)add_pieces(source, text, (size_t)(newline - text), true);
		text = newline + 1;
	}
}

/* ---- the beginning of a line waits ------------------------------------------------------------------ */

static void look_again(struct source *source, uint64_t delay_ns);

static void waited(void *arg)
{
	struct source *source = arg;
	uint64_t now = now_ns();
	uint64_t age = now > source->rest_since ? now - source->rest_since : PATIENCE_NS;

	source->stream->io->host->unwatch(source->late);
	source->late = NULL;
	if (source->rest_len == 0)
		return;
	if (age < PATIENCE_NS) {
		look_again(source, PATIENCE_NS - age);
		return;
	}
	file_stamp(&source->stream->file);
	give_rest(source);
	file_flush(&source->stream->file);
}

static void look_again(struct source *source, uint64_t delay_ns)
{
	const struct cleat_host *host = source->stream->io->host;
	struct cleat_error err = { 0 };

	if (!source->late &&
	    host->watch_timer(host, delay_ns, waited, source, &source->late, &err) < 0)
		give_rest(source);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void count(struct stream *stream, const struct source *source, size_t n)
{
	struct cleat_io_counters *counters = &stream->counters;

	if (!stream->has_file && !stream->clients)
		counters->bytes_discarded += n;
	else if (source->index == 0)
		counters->bytes_out += n;
	else
		counters->bytes_err += n;
}

/* 1: something came, 0: nothing now, -1: it is over (a terminal says EIO). */
static int read_round(struct source *source, char *bytes, size_t room)
{
	struct stream *stream = source->stream;
	ssize_t n = read(source->fd, bytes, room);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	count(stream, source, (size_t)n);
	clients_give(stream, source->index, bytes, (size_t)n);
	if (stream->has_file) {
		file_stamp(&stream->file);
		split(source, bytes, (size_t)n);
	}
	return 1;
}

static void settle(struct stream *stream, struct source *source)
{
	struct file *file = &stream->file;

	if (!stream->has_file)
		return;
	file_flush(file);
	if (source->rest_len)
		look_again(source, PATIENCE_NS);
	if (file->start == file->end) { /* until the next burst */
		free(file->bytes);
		file->bytes = NULL;
		file->start = file->end = file->room = 0;
	}
}

bool source_read(struct source *source)
{
	char few[1024];
	_cleanup_free_ char *many = malloc(ROUND);
	int r = 1;

	for (int i = 0; r > 0 && i < ROUNDS && !clients_hold(source->stream); i++)
		r = many ? read_round(source, many, ROUND) : read_round(source, few, sizeof(few));
	settle(source->stream, source);
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
	} else if (clients_hold(stream)) {
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

int source_start(struct source *source, int fd, struct cleat_error *err)
{
	const struct cleat_host *host = source->stream->io->host;

	source->fd = fd;
	source->done = false;
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
	if (source->stream->has_file && source->rest_len) {
		file_stamp(&source->stream->file);
		give_rest(source);
		file_flush(&source->stream->file);
	}
	forget_rest(source);
	source->done = true;
}
