/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics_http.c - just enough of HTTP/1.1 for a scraper: one request, one answer, closed.
 *
 * The socket is root's (0600); who can open it may read the names of all containers, nothing more.
 */
#include "service/metrics.h"
#include "service/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cleat/cleanup.h>

enum { REQUEST_MAX = 8 << 10, CLIENTS_MAX = 16, LIMIT_S = 30 };

struct listener {
	struct service *service;
	struct cleat_watch *watch;
	int fd;
	unsigned clients;
};

struct client {
	struct listener *listener;
	int fd;
	struct cleat_watch *watch, *timer;
	char request[REQUEST_MAX + 1];
	size_t len;
	struct text answer;
	size_t sent;
	bool head;        /* only the head of the answer is wanted */
	bool asked, dead; /* metrics are being gathered; nobody wants them any more */
};

static struct loop *loop_of(const struct client *client)
{
	return client->listener->service->tasks->env.loop;
}

static void client_free(struct client *client)
{
	text_fini(&client->answer);
	client->listener->clients--;
	free(client);
}

static void hang_up(struct client *client)
{
	loop_unwatchp(&client->watch);
	loop_unwatchp(&client->timer);
	cleat_closep(&client->fd);
	client->fd = -1;
	client->dead = true;
	if (!client->asked)
		client_free(client);
}

/* ---- the answer ------------------------------------------------------------------------------------ */
static void writable(struct client *client)
{
	while (client->sent < client->answer.len) {
		ssize_t n = send(client->fd, client->answer.bytes + client->sent,
				 client->answer.len - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		client->sent += (size_t)n;
	}
	hang_up(client);
}

static void answer(struct client *client, const char *status, const char *body, size_t len)
{
	text_printf(&client->answer,
		    "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		    "Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
		    status, len, text_starts(status, "405") ? "Allow: GET, HEAD\r\n" : "");
	if (!client->head)
		text_add_bytes(&client->answer, body, len);
	if (client->answer.failed)
		hang_up(client);
	else if (loop_watch_events(client->watch, EPOLLOUT) < 0)
		hang_up(client);
}

static void say(struct client *client, const char *status, const char *sentence)
{
	answer(client, status, sentence, strlen(sentence));
}

static void gathered(void *arg, struct text *page)
{
	struct client *client = arg;

	client->asked = false;
	if (client->dead)
		client_free(client);
	else if (page->failed)
		say(client, "503 Service Unavailable", "out of memory\n");
	else
		answer(client, "200 OK", page->bytes, page->len);
}

/* ---- the request ------------------------------------------------------------------------------------ */
static void obey(struct client *client)
{
	struct cleat_error err = { 0 };

	const char *path = strchr(client->request, ' ');

	(void)loop_watch_events(client->watch, 0);
	client->head = text_starts(client->request, "HEAD ");
	if (!client->head && !text_starts(client->request, "GET ")) {
		say(client, "405 Method Not Allowed", "only GET and HEAD\n");
	} else if (!text_starts(path, " /metrics") || !strchr(" ?", path[strlen(" /metrics")])) {
		say(client, "404 Not Found", "the metrics are at /metrics\n");
	} else {
		client->asked = true;
		if (metrics_gather(client->listener->service, gathered, client, &err) < 0) {
			client->asked = false;
			say(client, "503 Service Unavailable", "out of memory\n");
		}
	}
}

static void readable(struct client *client)
{
	ssize_t n = recv(client->fd, client->request + client->len, REQUEST_MAX - client->len,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(client);
		return;
	}
	client->len += (size_t)n;
	client->request[client->len] = '\0';
	if (strstr(client->request, "\r\n\r\n") || strstr(client->request, "\n\n"))
		obey(client);
	else if (client->len == REQUEST_MAX)
		say(client, "431 Request Header Fields Too Large", "the request is too long\n");
}

static void ready(void *arg, uint32_t events)
{
	struct client *client = arg;

	if (client->answer.len)
		writable(client);
	else if (events & EPOLLIN)
		readable(client);
	else
		hang_up(client);
}

static void too_late(void *arg)
{
	hang_up(arg);
}

/* ---- the socket ------------------------------------------------------------------------------------- */
static int take_in(struct listener *listener, int fd, struct cleat_error *err)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return cleat_fail(err, ENOMEM, "out of memory");
	client->listener = listener;
	client->fd = fd;
	listener->clients++;
	int r = loop_watch_fd(loop_of(client), fd, EPOLLIN, ready, client, &client->watch, err);

	if (r == 0)
		r = loop_watch_timer(loop_of(client), LIMIT_S * NS_PER_S, too_late, client,
				     &client->timer, err);
	if (r < 0) {
		client->fd = -1; /* the caller's still */
		hang_up(client);
	}
	return r;
}

static void knocked(void *arg, uint32_t events)
{
	struct listener *listener = arg;
	struct cleat_error err = { 0 };
	_cleanup_close_ int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0 || listener->clients >= CLIENTS_MAX)
		return; /* closed at once: scrapers come again */
	if (take_in(listener, fd, &err) == 0)
		fd = -1;
	else
		log_line(CLEAT_WARN, "cannot answer a scraper: %s", err.text);
}

int metrics_serve(struct service *service, int fd, struct cleat_error *err)
{
	/* for as long as the daemon lives */
	static struct listener only;
	struct listener *listener = &only;

	listener->service = service;
	listener->fd = fd;
	return loop_watch_fd(service->tasks->env.loop, listener->fd, EPOLLIN, knocked, listener,
			     &listener->watch, err);
}
