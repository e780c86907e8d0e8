/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - what server.c (connections) and server_call.c (requests and answers) share. */
#ifndef CORE_RPC_SERVER_H
#define CORE_RPC_SERVER_H

#include "frames.h"
#include "rpc/pb/ttrpc.pb-c.h"
#include "rpc/ttrpc.h"

/* Unanswered calls of one connection; waits are calls too. */
enum { CALLS_PER_CLIENT = 1024 };

struct service {
	struct service *next;
	char *name;
	const ProtobufCServiceDescriptor *descriptor;
	const struct rpc_method *methods;
	void *arg;
};

struct connection {
	struct connection *next;
	struct rpc_server *server;
	struct wire *wire;
	struct rpc_call *calls;
	unsigned ncalls;
	uint32_t last_stream;
	int pid;
};

struct rpc_server {
	struct loop *loop;
	struct cleat_watch *accepting, *pause, *drain_timer;
	int fd;
	uint32_t uid;
	unsigned nclients, max_clients;
	struct connection *clients;
	struct service *services;
	void (*changed)(void *arg);
	void *changed_arg;
	void (*drained)(void *arg);
	void *drained_arg;
};

struct rpc_call {
	struct rpc_call *next, **link; /* of the connection; link NULL once that is gone */
	struct connection *client;     /* NULL once it is gone */
	const struct service *service;
	const ProtobufCMethodDescriptor *method;
	ProtobufCMessage *request;
	uint64_t timeout_ns;
	uint32_t stream;
	bool streaming;
	int pid;
	void (*gone)(void *arg);
	void *gone_arg;
};

/** A Request frame has come: find the method, decode, run. */
void server_request(struct connection *client, const struct frame *frame);
/** Answer on @stream with an error, without a call. */
void server_refuse(struct connection *client, uint32_t stream, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/** The peer is gone: its calls live on, their answers go nowhere. */
void server_orphan_calls(struct connection *client);
/** An answer was queued or sent: a drain may be complete. */
void server_drain_check(struct rpc_server *server);

#endif
