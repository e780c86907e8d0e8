/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - those who are attached: they see what is said besides the log, and may speak.
 *
 * What a client's pipe does not take waits here, and until it has, nothing more is read from the
 * program: as with docker, a client that stops reading stops the program, and one that leaves does not.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { TYPED = 4096 };

/* Bytes on their way into a descriptor. */
struct lane {
	int fd;
	struct cleat_watch *watch;
	char *bytes;
	size_t start, end;
};

struct client {
	struct client *next;
	struct stream *stream;
	struct lane lanes[2]; /* stdout, stderr */
	struct lane typed;    /* into the program: its fd is the stream's */
	int in, life;
	struct cleat_watch *reading, *living;
};

static bool has_bytes(const struct lane *lane)
{
	return lane->start < lane->end;
}

static void lane_clear(struct lane *lane)
{
	free(lane->bytes);
	lane->bytes = NULL;
	lane->start = lane->end = 0;
}

/* What was not written is kept. False: it is broken. */
static bool lane_flush(struct lane *lane)
{
	while (has_bytes(lane)) {
		ssize_t n = write(lane->fd, lane->bytes + lane->start, lane->end - lane->start);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		lane->start += n > 0 ? (size_t)n : 0;
	}
	lane_clear(lane);
	return true;
}

static bool lane_add(struct lane *lane, const char *bytes, size_t len)
{
	size_t waiting = lane->end - lane->start;
	char *room = NULL;

	if (!waiting) { /* as a rule all of it goes at once, and nothing is copied */
		ssize_t n = write(lane->fd, bytes, len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	if (!len)
		return true;
	room = malloc(waiting + len);
	if (!room)
		return false;
	if (waiting)
		memcpy(room, lane->bytes + lane->start, waiting);
	memcpy(room + waiting, bytes, len);
	free(lane->bytes);
	lane->bytes = room;
	lane->start = 0;
	lane->end = waiting + len;
	return true;
}

/* ---- who is there ----------------------------------------------------------------------------------- */
static void stop_reading(struct client *client)
{
	int fd = take_fd(&client->in);

	client->stream->io->host->unwatch(client->reading);
	client->reading = NULL;
	cleat_closep(&fd);
}

static void client_free(struct client *client)
{
	const struct cleat_host *host = client->stream->io->host;
	struct client **at = &client->stream->clients;

	while (*at && *at != client)
		at = &(*at)->next;
	if (*at)
		*at = client->next;
	stop_reading(client);
	host->unwatch(client->living);
	cleat_closep(&client->life);
	for (int i = 0; i < 2; i++) {
		host->unwatch(client->lanes[i].watch);
		lane_clear(&client->lanes[i]);
		cleat_closep(&client->lanes[i].fd);
	}
	host->unwatch(client->typed.watch);
	lane_clear(&client->typed);
	free(client);
}

bool clients_hold(const struct stream *stream)
{
	for (const struct client *c = stream->clients; c; c = c->next)
		if (has_bytes(&c->lanes[0]) || has_bytes(&c->lanes[1]))
			return true;
	return false;
}

static void leave(struct client *client)
{
	struct stream *stream = client->stream;

	client_free(client);
	stream_release(stream);
	clients_close_input(stream);
}

static void gone(void *arg, uint32_t events)
{
	struct client *client = arg;
	char waste[16];

	(void)events; /* it says nothing more on this socket: all there is to read is its end */
	if (read(client->life, waste, sizeof(waste)) <= 0 && errno != EAGAIN)
		leave(client);
}

/* ---- what is said ----------------------------------------------------------------------------------- */
static void writable(void *arg, uint32_t events)
{
	struct client *client = arg;
	const struct cleat_host *host = client->stream->io->host;
	bool fine = true;

	(void)events;
	for (int i = 0; i < 2; i++) {
		struct lane *lane = &client->lanes[i];

		fine = fine && lane_flush(lane);
		if (lane->watch && !has_bytes(lane)) {
			host->unwatch(lane->watch);
			lane->watch = NULL;
		}
	}
	if (!fine)
		leave(client);
	else
		stream_release(client->stream);
}

static bool give(struct client *client, int index, const char *bytes, size_t len)
{
	const struct cleat_host *host = client->stream->io->host;
	struct lane *lane = &client->lanes[index];
	struct cleat_error err = { 0 };

	if (lane->fd < 0)
		return true;
	if (!lane_add(lane, bytes, len))
		return false;
	return !has_bytes(lane) || lane->watch ||
	       host->watch_fd(host, lane->fd, EPOLLOUT, writable, client, &lane->watch, &err) == 0;
}

void clients_give(struct stream *stream, int index, const char *bytes, size_t len)
{
	struct client *next = NULL;

	for (struct client *client = stream->clients; client; client = next) {
		next = client->next;
		if (!give(client, index, bytes, len))
			client_free(client); /* it has gone, or there is no memory for a slow one */
	}
}

/* ---- what is typed ---------------------------------------------------------------------------------- */
static void typed_goes_on(void *arg, uint32_t events);

static void read_typed(void *arg, uint32_t events)
{
	struct client *client = arg;
	const struct cleat_host *host = client->stream->io->host;
	char bytes[TYPED];
	struct cleat_error err = { 0 };
	ssize_t n = read(client->in, bytes, sizeof(bytes));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	client->stream->counters.bytes_in += n > 0 ? (uint64_t)n : 0;
	client->typed.fd = client->stream->input;
	if (n <= 0 || client->typed.fd < 0 || !lane_add(&client->typed, bytes, (size_t)n)) {
		stop_reading(client);
	} else if (has_bytes(&client->typed)) {
		host->unwatch(client->reading);
		client->reading = NULL;
		if (host->watch_fd(host, client->typed.fd, EPOLLOUT, typed_goes_on, client,
				   &client->typed.watch, &err) < 0)
			stop_reading(client);
	}
	clients_close_input(client->stream);
}

static void typed_goes_on(void *arg, uint32_t events)
{
	struct client *client = arg;
	const struct cleat_host *host = client->stream->io->host;
	struct cleat_error err = { 0 };

	(void)events;
	if (!lane_flush(&client->typed))
		lane_clear(&client->typed); /* the program has closed its input */
	if (has_bytes(&client->typed))
		return;
	host->unwatch(client->typed.watch);
	client->typed.watch = NULL;
	if (client->in >= 0 && host->watch_fd(host, client->in, EPOLLIN, read_typed, client,
					      &client->reading, &err) < 0)
		stop_reading(client);
	clients_close_input(client->stream);
}

/* Is something typed, or on its way to us? */
static bool still_types(const struct client *client)
{
	return client->in >= 0 || has_bytes(&client->typed);
}

void clients_close_input(struct stream *stream)
{
	if (!stream->close_asked || !stream->started || stream->is_terminal || stream->input < 0)
		return;
	/* Who asks has closed its own end before: the end is read behind what it has typed. */
	for (const struct client *client = stream->clients; client; client = client->next)
		if (still_types(client))
			return;
	int fd = take_fd(&stream->input);

	cleat_closep(&fd);
}

/* ---- coming and going ------------------------------------------------------------------------------- */
static int start(struct client *client, struct cleat_error *err)
{
	const struct cleat_host *host = client->stream->io->host;
	int r = 0;

	if (client->life >= 0)
		r = host->watch_fd(host, client->life, EPOLLIN, gone, client, &client->living, err);
	if (r == 0 && client->in >= 0)
		r = host->watch_fd(host, client->in, EPOLLIN, read_typed, client, &client->reading,
				   err);
	return r;
}

static void unblock(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int stream_attach(void *arg, const struct cleat_io_client *who, struct cleat_error *err)
{
	struct stream *stream = arg;
	struct client **at = &stream->clients;
	struct client *client = NULL;

	if (who->in >= 0 && stream->input < 0 && stream->master < 0)
		return cleat_fail(err, EINVAL,
				  "the program reads no input: it was made without -i");
	client = calloc(1, sizeof(*client));
	if (!client)
		return cleat_fail(err, ENOMEM, "cannot attach: out of memory");
	client->stream = stream;
	client->lanes[0].fd = who->out;
	client->lanes[1].fd = who->err;
	client->in = who->in;
	client->life = who->life;
	unblock(who->in);
	unblock(who->out);
	unblock(who->err);
	unblock(who->life);
	while (*at)
		at = &(*at)->next;
	*at = client;
	if (start(client, err) == 0)
		return 0;
	client->lanes[0].fd = client->lanes[1].fd = client->in = client->life = -1;
	client_free(client);
	return -err->errnum;
}

void clients_end(struct stream *stream)
{
	while (stream->clients)
		client_free(stream->clients);
}
