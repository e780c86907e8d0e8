/* SPDX-License-Identifier: Apache-2.0 */
/*
 * streams.c - bytes from one descriptor to another, on the loop, without ever blocking it.
 *
 * Standard input and output belong to whoever started us too (a shell, a pipeline). Making them
 * non-blocking would change them for all, so they are opened anew through /proc where that is
 * possible, and otherwise written in pieces that poll(2) promises to have room for.
 */
#include "cli/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/loop.h"

static void go_on(void *arg);

/* Regular files and /dev/null are always ready, and epoll refuses them. */
static bool can_be_watched(int fd)
{
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	return epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 || errno != EPERM;
}

static enum stream_kind kind_of(int fd)
{
	struct stat st = { 0 };
	int flags = fcntl(fd, F_GETFL);

	(void)fstat(fd, &st);
	if (!can_be_watched(fd))
		return STREAM_FILE;
	if (S_ISSOCK(st.st_mode))
		return STREAM_SOCKET;
	return flags >= 0 && (flags & O_NONBLOCK) ? STREAM_NONBLOCKING : STREAM_SHARED;
}

int stream_reopen(int fd, bool for_writing)
{
	char path[32];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd)))
		own = open(path,
			   (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (own < 0)
		own = fcntl(fd, F_DUPFD_CLOEXEC,
			    3); /* after su(1) the terminal is another user's */
	return own < 0 ? -errno : own;
}

/* ---- one read, one write, neither blocks ------------------------------------------------------- */

static bool ready(int fd, short events)
{
	struct pollfd one = { .fd = fd, .events = events };

	return poll(&one, 1, 0) > 0;
}

static ssize_t read_some(struct stream *stream)
{
	if (stream->from_kind == STREAM_SOCKET)
		return recv(stream->from, stream->bytes, STREAM_BYTES, MSG_DONTWAIT);
	if (stream->from_kind == STREAM_SHARED && !ready(stream->from, POLLIN)) {
		errno = EAGAIN;
		return -1;
	}
	return read(stream->from, stream->bytes, STREAM_BYTES);
}

static ssize_t write_some(struct stream *stream)
{
	const char *data = stream->bytes + stream->start;
	size_t len = stream->end - stream->start;

	if (stream->to_kind == STREAM_SOCKET)
		return send(stream->to, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (stream->to_kind != STREAM_SHARED)
		return write(stream->to, data, len);
	if (!ready(stream->to, POLLOUT)) {
		errno = EAGAIN;
		return -1;
	}
	return write(stream->to, data, len < PIPE_BUF ? len : PIPE_BUF);
}

/* ---- the two halves of a step: 1 go on, 0 wait ---------------------------------------------------- */

static int fill(struct stream *stream)
{
	ssize_t n = read_some(stream);

	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && errno == EAGAIN)
		return 0;
	/* EIO: the terminal has hung up */
	if (n <= 0) {
		stream->eof = true;
		return 1;
	}
	stream->start = 0;
	stream->end = (size_t)n;
	if (stream->filter)
		stream->eof = stream->filter(stream->filter_arg, stream->bytes, &stream->end);
	return 1;
}

static int empty(struct stream *stream)
{
	ssize_t n = stream->broken ? (ssize_t)(stream->end - stream->start) : write_some(stream);

	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0) {
		/* Go on reading: a full pipe would stop the program. */
		stream->broken = errno;
		stream->start = stream->end;
		if (stream->done)
			stream->done(stream->arg);
		return 1;
	}
	stream->start += (size_t)n;
	return 1;
}

/* Copy until something would block or @rounds are over. */
static bool pump(struct stream *stream, int rounds)
{
	int going = 1;

	while (going && rounds-- > 0 && !(stream->eof && stream->start == stream->end))
		going = stream->start < stream->end ? empty(stream) : fill(stream);
	return going;
}

/* ---- on the loop ------------------------------------------------------------------------------- */

static void set_events(struct cleat_watch *watch, uint32_t *now, uint32_t events)
{
	if (!watch || *now == events)
		return;
	*now = events;
	(void)loop_watch_events(watch, events);
}

static void watch(struct stream *stream)
{
	bool has_bytes = stream->start < stream->end;

	set_events(stream->reading, &stream->wants_in, has_bytes ? 0 : EPOLLIN);
	set_events(stream->writing, &stream->wants_out, has_bytes ? EPOLLOUT : 0);
}

static void run_deferred(void *arg)
{
	struct stream *stream = arg;

	stream->deferred = false;
	if (stream->loop)
		go_on(stream);
}

static void go_on(void *arg)
{
	struct stream *stream = arg;
	bool more = pump(stream, 16); /* then let the others have a turn */

	if (stream->ended || !stream->loop)
		return;
	if (stream->eof && stream->start == stream->end) {
		stream->ended = true;
		set_events(stream->reading, &stream->wants_in, 0);
		set_events(stream->writing, &stream->wants_out, 0);
		if (stream->done)
			stream->done(stream->arg);
		return;
	}
	watch(stream);
	/* What cannot be watched is always ready. */
	if (more && !stream->deferred &&
	    (stream->start < stream->end ? !stream->writing : !stream->reading)) {
		stream->deferred = true;
		(void)loop_defer(stream->loop, run_deferred, stream);
	}
}

static void on_event(void *arg, uint32_t events)
{
	(void)events; /* read and write find out themselves */
	go_on(arg);
}

int stream_start(struct stream *stream, struct loop *loop, int from, int to,
		 void (*done)(void *arg), void *arg, struct cleat_error *err)
{
	int r = 0;

	*stream = (struct stream){ .loop = loop, .from = from, .to = to, .done = done, .arg = arg };
	stream->bytes = malloc(STREAM_BYTES + STREAM_FILTER);
	if (!stream->bytes)
		return cleat_fail(err, ENOMEM, "out of memory");
	stream->from_kind = kind_of(from);
	stream->to_kind = kind_of(to);
	if (stream->from_kind != STREAM_FILE)
		r = loop_watch_fd(loop, from, EPOLLIN, on_event, stream, &stream->reading, err);
	if (r == 0 && stream->to_kind != STREAM_FILE)
		r = loop_watch_fd(loop, to, EPOLLOUT, on_event, stream, &stream->writing, err);
	if (r < 0)
		return r;
	stream->wants_in = EPOLLIN;
	stream->wants_out = EPOLLOUT;
	watch(stream);
	if (!stream->reading) {
		stream->deferred = true;
		r = loop_defer(loop, run_deferred, stream);
	}
	return r;
}

bool stream_flush(struct stream *stream)
{
	if (!stream->loop || stream->ended)
		return true;
	while (pump(stream, 1024) && !(stream->eof && stream->start == stream->end))
		;
	return stream->start == stream->end;
}

void stream_stop(struct stream *stream)
{
	loop_unwatch(stream->reading);
	loop_unwatch(stream->writing);
	free(stream->bytes);
	stream->reading = NULL;
	stream->writing = NULL;
	stream->bytes = NULL;
	stream->loop = NULL;
}
