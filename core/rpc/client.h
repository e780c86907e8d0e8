/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - what client.c (the connection) and client_call.c (calls and answers) share. */
#ifndef CORE_RPC_CLIENT_H
#define CORE_RPC_CLIENT_H

#include "frames.h"
#include "rpc/ttrpc.h"

/* A call that waits for its answer, or a stream that has not ended. */
struct pending {
	struct pending *next, **link;
	struct rpc_client *client;
	const ProtobufCMessageDescriptor *reply_type;
	struct cleat_watch *deadline;
	rpc_done done;
	void *arg;
	uint32_t stream;
	bool streaming;
};

struct rpc_client {
	struct loop *loop;
	struct wire *wire;
	struct pending *pending;
	char *namespace_;
	char *peer; /* who does not answer, in errors; NULL */
	uint32_t next_stream;
	bool busy, dead;
	void (*closed)(void *arg);
	void *closed_arg;
};

/** A frame of the server: find its call, hand over the answer. */
void client_frame(struct rpc_client *client, const struct frame *frame);
/** Unlink and free. */
void pending_free(struct pending *pending);
/** The last word to a call: it is forgotten first. @reply or, when NULL, @err. */
void pending_finish(struct pending *pending, const ProtobufCMessage *reply,
		    const struct cleat_error *err);

#endif
