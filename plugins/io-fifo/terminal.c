/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.c - a terminal's master, copied to and from the client's fifos.
 *
 * Each direction has one bounded buffer. While it is full its source is not watched, so a client
 * that does not read makes the program wait and nobody else.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <cleat/cleanup.h>

static void update(struct stream *stream);

static bool is_empty(const struct buffer *b)
{
	return b->start == b->end;
}

/* An idle terminal holds no memory. */
static void release(struct buffer *b)
{
	free(b->bytes);
	*b = (struct buffer){ 0 };
}

/* 1: something came, 0: nothing now, -1: it is over. */
static int fill(const struct stream *stream, struct buffer *b, int fd, uint64_t *count)
{
	if (!b->bytes) {
		b->room = (size_t)stream->io->settings->terminal_buffer;
		b->bytes = malloc(b->room);
		if (!b->bytes)
			return 0;
	}
	ssize_t n = read(fd, b->bytes, b->room);

	if (n > 0) {
		b->start = 0;
		b->end = (size_t)n;
		*count += (uint64_t)n;
		return 1;
	}
	release(b);
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* 0, or -1 when the other side will never take it. */
static int empty(struct buffer *b, int fd)
{
	while (!is_empty(b)) {
		ssize_t n = write(fd, b->bytes + b->start, b->end - b->start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return -1;
		b->start += (size_t)n;
	}
	release(b);
	return 0;
}

static void drop_output(struct stream *stream)
{
	stream->counters.bytes_discarded += stream->tty.out.end - stream->tty.out.start;
	release(&stream->tty.out);
}

static void push_output(struct stream *stream)
{
	if (stream->out.fd < 0 || empty(&stream->tty.out, stream->out.fd) < 0)
		drop_output(stream);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

static void master_readable(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	int r = fill(stream, &stream->tty.out, stream->tty.master, &stream->counters.bytes_out);

	if (r > 0)
		push_output(stream);
	if (r < 0) /* EIO: the last process has closed its side */
		stream->tty.output_over = true;
	update(stream);
}

static void output_writable(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	push_output(stream);
	update(stream);
}

static void input_readable(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	int r = fill(stream, &stream->tty.in, stream->input, &stream->counters.bytes_in);

	if (r < 0) {
		const struct cleat_host *host = stream->io->host;
		int fd = take_fd(&stream->input);

		host->unwatch(stream->tty.read_input);
		stream->tty.read_input = NULL;
		cleat_closep(&fd);
	} else if (r > 0 && empty(&stream->tty.in, stream->tty.master) < 0) {
		release(&stream->tty.in);
	}
	update(stream);
}

static void master_writable(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	if (empty(&stream->tty.in, stream->tty.master) < 0)
		release(&stream->tty.in);
	update(stream);
}

/* ---- who is watched follows from what is in the buffers ---------------------------------------- */

static void want(struct stream *stream, bool wanted, int fd, uint32_t events,
		 void (*ready)(void *arg, uint32_t events), struct cleat_watch **watch)
{
	const struct cleat_host *host = stream->io->host;
	struct cleat_error err = { 0 };

	if (wanted == (*watch != NULL))
		return;
	if (wanted) {
		if (host->watch_fd(host, fd, events, ready, stream, watch, &err) < 0)
			host->log(host, CLEAT_WARN, "a terminal stands still: %s", err.text);
		return;
	}
	host->unwatch(*watch);
	*watch = NULL;
}

static void update(struct stream *stream)
{
	struct terminal *tty = &stream->tty;
	bool open = tty->master >= 0 && !tty->output_over;

	want(stream, open && is_empty(&tty->out), tty->master, EPOLLIN, master_readable,
	     &tty->read_master);
	want(stream, !is_empty(&tty->out) && stream->out.fd >= 0, stream->out.fd, EPOLLOUT,
	     output_writable, &tty->write_output);
	want(stream, open && stream->input >= 0 && is_empty(&tty->in), stream->input, EPOLLIN,
	     input_readable, &tty->read_input);
	want(stream, open && !is_empty(&tty->in), tty->master, EPOLLOUT, master_writable,
	     &tty->write_master);
	if (tty->output_over && is_empty(&tty->out))
		drain_check(stream);
}

/* ---- ops ------------------------------------------------------------------------------------- */

int terminal_console(void *arg, int master, struct cleat_error *err)
{
	struct stream *stream = arg;

	if (!stream->is_terminal || stream->tty.master >= 0)
		return cleat_fail(err, EINVAL, "the stream has no use for a terminal");
	stream->tty.master = fcntl(master, F_DUPFD_CLOEXEC, 3);
	if (stream->tty.master < 0)
		return cleat_fail(err, errno, "cannot keep a terminal: %m");
	(void)fcntl(stream->tty.master, F_SETFL, O_RDWR | O_NONBLOCK);
	update(stream);
	return 0;
}

int terminal_resize(void *arg, uint16_t rows, uint16_t columns, struct cleat_error *err)
{
	struct stream *stream = arg;
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (stream->tty.master < 0 || ioctl(stream->tty.master, TIOCSWINSZ, &size) == 0)
		return 0;
	return cleat_fail(err, errno, "cannot resize a terminal: %m");
}

void terminal_end(struct stream *stream)
{
	const struct cleat_host *host = stream->io->host;
	struct terminal *tty = &stream->tty;
	struct cleat_watch **watches[] = { &tty->read_master, &tty->write_master, &tty->read_input,
					   &tty->write_output };

	for (size_t i = 0; i < ARRAY_SIZE(watches); i++) {
		host->unwatch(*watches[i]);
		*watches[i] = NULL;
	}
	int master = take_fd(&tty->master);

	cleat_closep(&master);
	release(&tty->out);
	release(&tty->in);
	tty->output_over = true;
}
