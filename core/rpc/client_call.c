/* SPDX-License-Identifier: Apache-2.0 */
/* client_call.c - one call: its request frame, its deadline, its answer or its stream of answers. */
#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "base/loop.h"
#include "client.h"
#include "message.h"
#include "rpc/pb/ttrpc.pb-c.h"

void pending_free(struct pending *pending)
{
	*pending->link = pending->next;
	if (pending->next)
		pending->next->link = pending->link;
	loop_unwatchp(&pending->deadline);
	free(pending);
}

void pending_finish(struct pending *pending, const ProtobufCMessage *reply,
		    const struct cleat_error *err)
{
	rpc_done done = pending->done;
	void *arg = pending->arg;

	pending_free(pending);
	done(arg, reply, err);
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct pending *find(struct rpc_client *client, uint32_t stream)
{
	struct pending *p = client->pending;

	while (p && p->stream != stream)
		p = p->next;
	return p;
}

static void finish_bad(struct pending *pending, const char *why)
{
	struct cleat_error err = { 0 };

	(void)cleat_fail(&err, EPROTO, "the answer is not valid: %s", why);
	pending_finish(pending, NULL, &err);
}

static void finish_status(struct pending *pending, const Ttrpc__Status *status)
{
	struct cleat_error err = { 0 };

	if (*status->message)
		(void)cleat_fail(&err, rpc_errno_of(status->code), "%s", status->message);
	else
		(void)cleat_fail(&err, rpc_errno_of(status->code),
				 "the peer failed with code %d and gives no reason", status->code);
	pending_finish(pending, NULL, &err);
}

static void finish_payload(struct pending *pending, const uint8_t *data, size_t len)
{
	ProtobufCMessage *reply = message_unpack(pending->reply_type, data, len);
	struct cleat_error none = { 0 };

	if (!reply) {
		finish_bad(pending, pending->reply_type->name);
		return;
	}
	pending_finish(pending, reply, &none);
	protobuf_c_message_free_unpacked(reply, NULL);
}

static void take_response(struct pending *pending, const struct frame *frame)
{
	Ttrpc__Response *answer = (Ttrpc__Response *)message_unpack(&ttrpc__response__descriptor,
								    frame->data, frame->length);
	struct cleat_error none = { 0 };

	if (!answer)
		finish_bad(pending, "ttrpc.Response");
	else if (answer->status && answer->status->code != RPC_OK)
		finish_status(pending, answer->status);
	else if (
		pending->streaming) /* a server that ends a stream in this way has nothing to add */
		pending_finish(pending, NULL, &none);
	else
		finish_payload(pending, answer->payload.data, answer->payload.len);
	if (answer)
		protobuf_c_message_free_unpacked(&answer->base, NULL);
}

static void take_data(struct rpc_client *client, struct pending *pending, const struct frame *frame)
{
	struct cleat_error none = { 0 };

	if (!(frame->flags & FRAME_NO_DATA)) {
		ProtobufCMessage *message =
			message_unpack(pending->reply_type, frame->data, frame->length);

		if (!message) {
			finish_bad(pending, pending->reply_type->name);
			return;
		}
		pending->done(pending->arg, message, &none);
		protobuf_c_message_free_unpacked(message, NULL);
		if (client->dead)
			return;
	}
	if (frame->flags & FRAME_REMOTE_CLOSED)
		pending_finish(pending, NULL, &none);
}

void client_frame(struct rpc_client *client, const struct frame *frame)
{
	struct pending *pending = find(client, frame->stream);

	if (!pending) /* late: its deadline has passed */
		return;
	if (!frame->data)
		finish_bad(pending, "larger than 4 MiB");
	else if (frame->type == FRAME_RESPONSE)
		take_response(pending, frame);
	else if (frame->type == FRAME_DATA && pending->streaming)
		take_data(client, pending, frame);
	else
		finish_bad(pending, "unknown message type received");
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void deadline_passed(void *arg)
{
	struct pending *pending = arg;
	struct cleat_error err = { 0 };

	if (pending->client->peer)
		(void)cleat_fail(&err, ETIMEDOUT, "%s does not answer", pending->client->peer);
	else
		(void)cleat_fail(&err, ETIMEDOUT, "no answer in time");
	pending_finish(pending, NULL, &err);
}

static int send_request(struct rpc_client *client, const struct pending *pending,
			Ttrpc__Request *request, struct cleat_error *err)
{
	size_t len = 0;
	_cleanup_free_ uint8_t *bytes = message_pack(&request->base, &len);
	int r = -ENOMEM;

	if (bytes)
		r = wire_send(client->wire, pending->stream, FRAME_REQUEST,
			      pending->streaming ? FRAME_REMOTE_CLOSED : 0, bytes, len);
	if (r == 0)
		return 0;
	return cleat_fail(err, r == -EPIPE ? ECONNRESET : -r, "cannot call %s: %m",
			  request->method);
}

static int fill_and_send(struct rpc_client *client, const struct pending *pending,
			 const char *service, const char *method, const ProtobufCMessage *message,
			 uint64_t timeout_ns, struct cleat_error *err)
{
	Ttrpc__Request request = TTRPC__REQUEST__INIT;
	Ttrpc__KeyValue space = TTRPC__KEY_VALUE__INIT;
	Ttrpc__KeyValue *metadata[] = { &space };
	_cleanup_free_ uint8_t *payload = message_pack(message, &request.payload.len);

	if (!payload)
		return cleat_fail(err, ENOMEM, "cannot call %s: out of memory", method);
	request.service = (char *)(uintptr_t)service;
	request.method = (char *)(uintptr_t)method;
	request.payload.data = payload;
	request.timeout_nano = (int64_t)timeout_ns;
	if (client->namespace_) {
		space.key = (char *)(uintptr_t) "containerd-namespace-ttrpc";
		space.value = client->namespace_;
		request.metadata = metadata;
		request.n_metadata = 1;
	}
	return send_request(client, pending, &request, err);
}

static int call(struct rpc_client *client, const char *service, const char *method,
		const ProtobufCMessage *request, uint64_t timeout_ns, const struct pending *like,
		struct cleat_error *err)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	int r = 0;

	if (!pending)
		return cleat_fail(err, ENOMEM, "cannot call %s: out of memory", method);
	*pending = *like;
	pending->client = client;
	pending->stream = client->next_stream;
	pending->next = client->pending;
	pending->link = &client->pending;
	if (pending->next)
		pending->next->link = &pending->next;
	client->pending = pending;
	client->next_stream += 2;
	if (timeout_ns)
		r = loop_watch_timer(client->loop, timeout_ns, deadline_passed, pending,
				     &pending->deadline, err);
	if (r == 0)
		r = fill_and_send(client, pending, service, method, request, timeout_ns, err);
	if (r < 0)
		pending_free(pending);
	return r;
}

int rpc_call(struct rpc_client *client, const char *service, const char *method,
	     const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	     uint64_t timeout_ns, rpc_done done, void *arg, struct cleat_error *err)
{
	struct pending like = { .reply_type = reply_type, .done = done, .arg = arg };

	return call(client, service, method, request, timeout_ns, &like, err);
}

int rpc_stream(struct rpc_client *client, const char *service, const char *method,
	       const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply_type,
	       rpc_done done, void *arg, struct cleat_error *err)
{
	struct pending like = {
		.reply_type = reply_type, .done = done, .arg = arg, .streaming = true
	};

	return call(client, service, method, request, 0, &like, err);
}
