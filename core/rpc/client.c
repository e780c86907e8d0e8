/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - a connection to a server, and what becomes of its calls when it ends. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"

static void client_release(struct rpc_client *client)
{
	free(client->namespace_);
	free(client->peer);
	free(client);
}

/* Callbacks may free the client: it then lives on until they have returned. */
static void enter(struct rpc_client *client)
{
	client->busy = true;
}

static void leave(struct rpc_client *client)
{
	client->busy = false;
	if (client->dead)
		client_release(client);
}

static void on_frame(void *arg, const struct frame *frame)
{
	struct rpc_client *client = arg;

	enter(client);
	client_frame(client, frame);
	leave(client);
}

static void on_closed(void *arg)
{
	struct rpc_client *client = arg;
	struct cleat_error err = { 0 };

	enter(client);
	(void)cleat_fail(&err, ECONNRESET, "the connection was closed by the other side");
	while (!client->dead && client->pending)
		pending_finish(client->pending, NULL, &err);
	if (!client->dead && client->closed)
		client->closed(client->closed_arg);
	leave(client);
}

static const struct wire_events events = { .frame = on_frame, .closed = on_closed };

int rpc_client_new(struct loop *loop, int fd, void (*closed)(void *arg), void *arg,
		   struct rpc_client **out, struct cleat_error *err)
{
	struct rpc_client *client = calloc(1, sizeof(*client));

	if (!client)
		return cleat_fail(err, ENOMEM, "cannot open a connection: out of memory");
	client->loop = loop;
	client->next_stream = 1;
	client->closed = closed;
	client->closed_arg = arg;
	int r = wire_open(loop, fd, &events, client, &client->wire, err);

	if (r < 0) {
		client_release(client);
		return r;
	}
	*out = client;
	return 0;
}

void rpc_client_free(struct rpc_client *client)
{
	if (!client || client->dead)
		return;
	client->dead = true;
	while (client->pending)
		pending_free(client->pending);
	wire_close(client->wire);
	if (!client->busy)
		client_release(client);
}

void rpc_client_namespace(struct rpc_client *client, const char *namespace_)
{
	free(client->namespace_);
	client->namespace_ = namespace_ ? strdup(namespace_) : NULL;
}

void rpc_client_peer(struct rpc_client *client, const char *peer)
{
	free(client->peer);
	client->peer = peer ? strdup(peer) : NULL;
}
