/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - a listening socket, who may connect to it, and what frames of a connection mean. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"

static void set_accepting(struct rpc_server *server)
{
	bool wanted = server->accepting && !server->pause && !server->drained &&
		      server->nclients < server->max_clients;

	if (server->accepting)
		(void)loop_watch_events(server->accepting, wanted ? EPOLLIN : 0);
}

static void forget(struct connection *client)
{
	struct rpc_server *server = client->server;
	struct connection **link = &server->clients;

	while (*link && *link != client)
		link = &(*link)->next;
	if (*link)
		*link = client->next;
	server_orphan_calls(client);
	wire_close(client->wire);
	free(client);
	server->nclients--;
}

static void client_closed(void *arg)
{
	struct connection *client = arg;
	struct rpc_server *server = client->server;

	forget(client);
	set_accepting(server);
	server_drain_check(server);
	if (server->changed)
		server->changed(server->changed_arg);
}

static void client_flushed(void *arg)
{
	struct connection *client = arg;

	server_drain_check(client->server);
}

/* What ttrpc's own server answers; unknown types of frames are ignored. */
static void client_frame(void *arg, const struct frame *frame)
{
	struct connection *client = arg;

	if (frame->type != FRAME_REQUEST && frame->type != FRAME_DATA)
		return;
	if (frame->stream % 2 == 0)
		server_refuse(client, frame->stream, RPC_INVALID_ARGUMENT,
			      "StreamID must be odd for client initiated streams");
	else if (frame->length > RPC_MAX_MESSAGE)
		server_refuse(client, frame->stream, RPC_RESOURCE_EXHAUSTED,
			      "message length %u exceed maximum message size of %d", frame->length,
			      RPC_MAX_MESSAGE);
	else if (frame->type == FRAME_DATA) /* no method of ours takes a stream */
		server_refuse(client, frame->stream, RPC_INVALID_ARGUMENT,
			      "StreamID is no longer active");
	else if (frame->stream <= client->last_stream)
		server_refuse(client, frame->stream, RPC_INVALID_ARGUMENT,
			      "StreamID cannot be re-used and must increment");
	else
		server_request(client, frame);
}

static const struct wire_events client_events = { .frame = client_frame,
						  .closed = client_closed,
						  .flushed = client_flushed };

/* A connection, or -EPERM and the like when the peer may not have one. Takes @fd. */
static int admit(struct rpc_server *server, int fd)
{
	struct cleat_error err = { 0 };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	struct connection *client = NULL;
	int r = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.uid != server->uid)
		r = -EPERM;
	if (r == 0)
		client = calloc(1, sizeof(*client));
	if (r == 0 && !client)
		r = -ENOMEM;
	if (r == 0)
		r = wire_open(server->loop, fd, &client_events, client, &client->wire, &err);
	if (r < 0) {
		free(client);
		(void)close(fd);
		return r;
	}
	client->server = server;
	client->pid = peer.pid;
	client->next = server->clients;
	server->clients = client;
	server->nclients++;
	return 0;
}

/*
 * All places are taken: the one that has sat there longest and never asked for anything gives up its
 * own, so that nobody can lock others out by connecting and keeping silent. New ones are first in the list.
 */
static void make_room(struct rpc_server *server)
{
	struct connection *silent = NULL;

	if (server->nclients < server->max_clients)
		return;
	for (struct connection *c = server->clients->next; c; c = c->next)
		if (c->last_stream == 0)
			silent = c;
	if (silent)
		forget(silent);
}

static void resume(void *arg)
{
	struct rpc_server *server = arg;

	loop_unwatchp(&server->pause);
	set_accepting(server);
}

static void accept_ready(void *arg, uint32_t events)
{
	struct rpc_server *server = arg;
	struct cleat_error err = { 0 };
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
		/* the client stays in the queue, so we would be called at once again: take a breath */
		(void)loop_watch_timer(server->loop, NS_PER_S, resume, server, &server->pause,
				       &err);
	if (fd >= 0 && admit(server, fd) == 0) {
		make_room(server);
		if (server->changed)
			server->changed(server->changed_arg);
	}
	set_accepting(server);
}

int rpc_server_new(struct loop *loop, int fd, uint32_t uid, unsigned max_clients,
		   struct rpc_server **out, struct cleat_error *err)
{
	struct rpc_server *server = calloc(1, sizeof(*server));

	if (!server)
		return cleat_fail(err, ENOMEM, "cannot serve: out of memory");
	server->loop = loop;
	server->fd = fd;
	server->uid = uid;
	server->max_clients = max_clients;
	int r = loop_watch_fd(loop, fd, EPOLLIN, accept_ready, server, &server->accepting, err);

	if (r < 0) {
		free(server);
		return r;
	}
	*out = server;
	return 0;
}

int rpc_server_add(struct rpc_server *server, const char *name,
		   const ProtobufCServiceDescriptor *descriptor, const struct rpc_method *methods,
		   void *arg, struct cleat_error *err)
{
	struct service *service = calloc(1, sizeof(*service));

	if (service)
		service->name = strdup(name ? name : descriptor->name);
	if (!service || !service->name) {
		free(service);
		return cleat_fail(err, ENOMEM, "cannot offer service '%s': out of memory",
				  name ? name : descriptor->name);
	}
	service->descriptor = descriptor;
	service->methods = methods;
	service->arg = arg;
	service->next = server->services;
	server->services = service;
	return 0;
}

unsigned rpc_server_clients(const struct rpc_server *server)
{
	return server->nclients;
}

size_t rpc_server_unsent(const struct rpc_server *server)
{
	size_t sum = 0;

	for (const struct connection *c = server->clients; c; c = c->next)
		sum += wire_unsent(c->wire);
	return sum;
}

void rpc_server_on_change(struct rpc_server *server, void (*changed)(void *arg), void *arg)
{
	server->changed = changed;
	server->changed_arg = arg;
}

static bool is_quiet(const struct rpc_server *server)
{
	for (const struct connection *c = server->clients; c; c = c->next)
		if (c->ncalls || wire_unsent(c->wire))
			return false;
	return true;
}

static void drain_over(void *arg)
{
	struct rpc_server *server = arg;

	loop_unwatchp(&server->drain_timer);
	server->drained(server->drained_arg);
}

static void drain_until(struct rpc_server *server, uint64_t limit_ns)
{
	struct cleat_error err = { 0 };

	loop_unwatchp(&server->drain_timer);
	(void)loop_watch_timer(server->loop, limit_ns, drain_over, server, &server->drain_timer,
			       &err);
}

void server_drain_check(struct rpc_server *server)
{
	if (server->drain_timer && is_quiet(server))
		drain_until(server, 0); /* from the loop: our caller is deep inside an answer */
}

void rpc_server_drain(struct rpc_server *server, uint64_t limit_ns, void (*done)(void *arg),
		      void *arg)
{
	server->drained = done;
	server->drained_arg = arg;
	set_accepting(server);
	drain_until(server, is_quiet(server) ? 0 : limit_ns);
}

void rpc_server_free(struct rpc_server *server)
{
	if (!server)
		return;
	while (server->clients)
		forget(server->clients);
	for (struct service *s = server->services, *next; s; s = next) {
		next = s->next;
		free(s->name);
		free(s);
	}
	loop_unwatchp(&server->accepting);
	loop_unwatchp(&server->pause);
	loop_unwatchp(&server->drain_timer);
	(void)close(server->fd);
	free(server);
}
