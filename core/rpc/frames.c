/* SPDX-License-Identifier: Apache-2.0 */
/* frames.c - read and write ttrpc frames on one socket, without blocking and without trust. */
#include "frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cleat/cleanup.h>

#include "base/loop.h"
#include "rpc/ttrpc.h"

enum { HEADER = 10, FIRST_ROOM = 4096 };

/* Bytes that were queued and not sent: bytes[sent .. len). */
struct outbox {
	uint8_t *bytes;
	size_t sent, len, room;
};

struct wire {
	struct loop *loop;
	struct cleat_watch *watch;
	struct cleat_watch *ending; /* timer 0 that reports a failure found while sending */
	const struct wire_events *events;
	void *arg;
	int fd;
	bool busy, dead, broken;
	uint32_t watched;
	/* The frame being read: its header, then `got` bytes of data in a buffer that grows with them. */
	uint8_t header[HEADER];
	size_t header_got;
	struct frame frame;
	uint8_t *data;
	size_t got, room;
	struct outbox out;
};

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_u32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 24);
	p[1] = (uint8_t)(n >> 16);
	p[2] = (uint8_t)(n >> 8);
	p[3] = (uint8_t)n;
}

size_t wire_unsent(const struct wire *wire)
{
	return wire->out.len - wire->out.sent;
}

int wire_fd(const struct wire *wire)
{
	return wire->fd;
}

static void wire_free(struct wire *wire)
{
	free(wire->data);
	free(wire->out.bytes);
	free(wire);
}

void wire_close(struct wire *wire)
{
	if (!wire || wire->dead)
		return;
	wire->dead = true;
	loop_unwatchp(&wire->watch);
	loop_unwatchp(&wire->ending);
	(void)close(wire->fd);
	if (!wire->busy)
		wire_free(wire);
}

/* What we wait for follows from what is unsent: a slow reader is not read from. */
static void set_events(struct wire *wire)
{
	uint32_t want = 0;

	if (wire->dead)
		return;
	if (!wire->broken && wire_unsent(wire) < WIRE_SLOW)
		want |= EPOLLIN;
	if (!wire->broken && wire_unsent(wire) > 0)
		want |= EPOLLOUT;
	if (want != wire->watched)
		(void)loop_watch_events(wire->watch, want);
	wire->watched = want;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void report_end(struct wire *wire)
{
	if (wire->dead)
		return;
	wire->broken = true;
	set_events(wire);
	wire->events->closed(wire->arg);
}

/* Room for more of the frame's data: grows with what has arrived, so that a header costs nothing. */
static int make_room(struct wire *wire)
{
	size_t room = wire->room ? wire->room * 2 : FIRST_ROOM;

	if (wire->got < wire->room)
		return 0;
	if (room > wire->frame.length)
		room = wire->frame.length;
	uint8_t *data = realloc(wire->data, room);

	if (!data)
		return -ENOMEM;
	wire->data = data;
	wire->room = room;
	return 0;
}

static void next_frame(struct wire *wire)
{
	free(wire->data);
	wire->data = NULL;
	wire->header_got = wire->got = wire->room = 0;
}

static void deliver(struct wire *wire)
{
	wire->frame.data = wire->frame.length > RPC_MAX_MESSAGE ? NULL
			   : wire->data                         ? wire->data
								: wire->header;
	wire->events->frame(wire->arg, &wire->frame);
	if (!wire->dead)
		next_frame(wire);
}

/* 1: go on, 0: the socket is empty, -errno. */
static int read_some(struct wire *wire, void *into, size_t room, size_t *got)
{
	ssize_t n = recv(wire->fd, into, room, MSG_DONTWAIT);

	if (n > 0) {
		*got += (size_t)n;
		return 1;
	}
	if (n == 0)
		return -ECONNRESET;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static int read_header(struct wire *wire)
{
	int r = read_some(wire, wire->header + wire->header_got, HEADER - wire->header_got,
			  &wire->header_got);

	if (r <= 0 || wire->header_got < HEADER)
		return r;
	wire->frame = (struct frame){
		.length = get_u32(wire->header),
		.stream = get_u32(wire->header + 4),
		.type = wire->header[8],
		.flags = wire->header[9],
	};
	if (wire->frame.length == 0)
		deliver(wire);
	return 1;
}

static int read_data(struct wire *wire)
{
	uint8_t waste[FIRST_ROOM];
	size_t left = wire->frame.length - wire->got;
	int r;

	if (wire->frame.length > RPC_MAX_MESSAGE) {
		r = read_some(wire, waste, left < sizeof(waste) ? left : sizeof(waste), &wire->got);
	} else {
		r = make_room(wire);
		if (r == 0)
			r = read_some(wire, wire->data + wire->got, wire->room - wire->got,
				      &wire->got);
	}
	if (r > 0 && wire->got == wire->frame.length)
		deliver(wire);
	return r;
}

static void read_ready(struct wire *wire)
{
	/* A flood from one peer must not starve the others: some turns, then back to the loop. */
	for (int turn = 0; turn < 64; turn++) {
		int r = wire->header_got < HEADER ? read_header(wire) : read_data(wire);

		if (wire->dead || wire->broken || r == 0 || wire_unsent(wire) >= WIRE_SLOW)
			return;
		if (r < 0) {
			report_end(wire);
			return;
		}
	}
}

/* ---- writing --------------------------------------------------------------------------------- */

static int flush(struct wire *wire)
{
	struct outbox *out = &wire->out;

	while (out->sent < out->len) {
		ssize_t n = send(wire->fd, out->bytes + out->sent, out->len - out->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		out->sent += (size_t)n;
	}
	free(out->bytes); /* an idle connection holds no buffer */
	*out = (struct outbox){ 0 };
	return 0;
}

static int outbox_reserve(struct outbox *out, size_t more)
{
	if (out->sent > 0 && out->len + more > out->room) {
		memmove(out->bytes, out->bytes + out->sent, out->len - out->sent);
		out->len -= out->sent;
		out->sent = 0;
	}
	if (out->len + more <= out->room)
		return 0;
	size_t room = out->len + more > out->room * 2 ? out->len + more : out->room * 2;
	uint8_t *bytes = realloc(out->bytes, room);

	if (!bytes)
		return -ENOMEM;
	out->bytes = bytes;
	out->room = room;
	return 0;
}

static void tell_end(void *arg)
{
	struct wire *wire = arg;

	wire->busy = true;
	report_end(wire);
	wire->busy = false;
	if (wire->dead)
		wire_free(wire);
}

/* The caller of wire_send is not prepared to lose its wire: tell it from the loop. */
static int break_later(struct wire *wire, int result)
{
	struct cleat_error err = { 0 };

	wire->broken = true;
	set_events(wire);
	if (!wire->ending)
		(void)loop_watch_timer(wire->loop, 0, tell_end, wire, &wire->ending, &err);
	return result;
}

int wire_send(struct wire *wire, uint32_t stream, uint8_t type, uint8_t flags, const void *data,
	      size_t len)
{
	struct outbox *out = &wire->out;

	if (len > RPC_MAX_MESSAGE)
		return -EMSGSIZE;
	if (wire->dead || wire->broken)
		return -EPIPE;
	if (wire_unsent(wire) + len > WIRE_FULL)
		return break_later(wire, -EPIPE);
	if (outbox_reserve(out, HEADER + len) < 0)
		return break_later(wire, -ENOMEM);
	uint8_t *p = out->bytes + out->len;

	put_u32(p, (uint32_t)len);
	put_u32(p + 4, stream);
	p[8] = type;
	p[9] = flags;
	if (len)
		memcpy(p + HEADER, data, len);
	out->len += HEADER + len;
	if (flush(wire) < 0)
		return break_later(wire, -EPIPE);
	set_events(wire);
	return 0;
}

static void ready(void *arg, uint32_t events)
{
	struct wire *wire = arg;

	wire->busy = true;
	if ((events & EPOLLOUT) && flush(wire) < 0)
		report_end(wire);
	else if ((events & EPOLLOUT) && wire_unsent(wire) == 0 && wire->events->flushed)
		wire->events->flushed(wire->arg);
	if ((events & EPOLLIN) && !wire->dead && !wire->broken)
		read_ready(wire);
	set_events(wire);
	wire->busy = false;
	if (wire->dead)
		wire_free(wire);
}

int wire_open(struct loop *loop, int fd, const struct wire_events *events, void *arg,
	      struct wire **out, struct cleat_error *err)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return cleat_fail(err, ENOMEM, "cannot open a connection: out of memory");
	wire->loop = loop;
	wire->fd = fd;
	wire->events = events;
	wire->arg = arg;
	wire->watched = EPOLLIN;
	int r = loop_watch_fd(loop, fd, EPOLLIN, ready, wire, &wire->watch, err);

	if (r < 0) {
		free(wire);
		return r;
	}
	*out = wire;
	return 0;
}
