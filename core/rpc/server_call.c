/* SPDX-License-Identifier: Apache-2.0 */
/* server_call.c - from a Request frame to a handler, and from its answer to a frame. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "message.h"
#include "server.h"

/* ---- answers --------------------------------------------------------------------------------- */

static int send_response(struct connection *client, uint32_t stream, const Ttrpc__Response *answer)
{
	size_t len = 0;
	_cleanup_free_ uint8_t *bytes = message_pack(&answer->base, &len);

	if (!bytes)
		return -ENOMEM;
	return wire_send(client->wire, stream, FRAME_RESPONSE, 0, bytes, len);
}

static void send_status(struct connection *client, uint32_t stream, int code, const char *text)
{
	Ttrpc__Response answer = TTRPC__RESPONSE__INIT;
	Ttrpc__Status status = TTRPC__STATUS__INIT;

	status.code = code;
	status.message = (char *)(uintptr_t)text;
	answer.status = &status;
	(void)send_response(client, stream, &answer); /* a broken connection reports itself */
}

void server_refuse(struct connection *client, uint32_t stream, int code, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	send_status(client, stream, code, text);
}

static void call_free(struct rpc_call *call)
{
	struct connection *client = call->client;

	if (client) {
		*call->link = call->next;
		if (call->next)
			call->next->link = call->link;
		client->ncalls--;
		server_drain_check(client->server);
	}
	if (call->request)
		protobuf_c_message_free_unpacked(call->request, NULL);
	free(call);
}

static void reply_unary(struct rpc_call *call, uint8_t *bytes, size_t len)
{
	Ttrpc__Response answer = TTRPC__RESPONSE__INIT;

	answer.payload.data = bytes;
	answer.payload.len = len;
	int r = send_response(call->client, call->stream, &answer);

	if (r == -EMSGSIZE)
		server_refuse(call->client, call->stream, RPC_RESOURCE_EXHAUSTED,
			      "answer of %zu bytes exceeds the maximum message size of %d", len,
			      RPC_MAX_MESSAGE);
	else if (r == -ENOMEM)
		send_status(call->client, call->stream, RPC_RESOURCE_EXHAUSTED, "out of memory");
}

void rpc_reply(struct rpc_call *call, const ProtobufCMessage *message)
{
	size_t len = 0;
	_cleanup_free_ uint8_t *bytes = call->client ? message_pack(message, &len) : NULL;

	if (call->client && !bytes)
		send_status(call->client, call->stream, RPC_RESOURCE_EXHAUSTED, "out of memory");
	else if (call->client && call->streaming)
		(void)wire_send(call->client->wire, call->stream, FRAME_DATA,
				message ? FRAME_REMOTE_CLOSED : FRAME_REMOTE_CLOSED | FRAME_NO_DATA,
				bytes, len);
	else if (call->client)
		reply_unary(call, bytes, len);
	call_free(call);
}

void rpc_fail_code(struct rpc_call *call, int code, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (call->client)
		send_status(call->client, call->stream, code, text);
	call_free(call);
}

void rpc_fail(struct rpc_call *call, const struct cleat_error *err)
{
	int code = rpc_code_of(err->errnum);

	rpc_fail_code(call, code == RPC_OK ? RPC_UNKNOWN : code, "%s", err->text);
}

int rpc_send(struct rpc_call *call, const ProtobufCMessage *message)
{
	size_t len = 0;

	if (!call->client || !call->streaming)
		return -EPIPE;
	if (wire_unsent(call->client->wire) >= WIRE_SLOW)
		return -EAGAIN;
	_cleanup_free_ uint8_t *bytes = message_pack(message, &len);

	if (!bytes)
		return -ENOMEM;
	return wire_send(call->client->wire, call->stream, FRAME_DATA, 0, bytes, len);
}

size_t rpc_unsent(const struct rpc_call *call)
{
	return call->client ? wire_unsent(call->client->wire) : 0;
}

/* ---- what a handler may ask ------------------------------------------------------------------ */

bool rpc_call_dead(const struct rpc_call *call)
{
	return !call->client;
}

void rpc_call_on_close(struct rpc_call *call, void (*gone)(void *arg), void *arg)
{
	call->gone = gone;
	call->gone_arg = arg;
}

const char *rpc_call_method(const struct rpc_call *call)
{
	return call->method->name;
}

uint64_t rpc_call_timeout_ns(const struct rpc_call *call)
{
	return call->timeout_ns;
}

int rpc_call_peer_pid(const struct rpc_call *call)
{
	return call->pid;
}

void server_orphan_calls(struct connection *client)
{
	/* Detach all of them first: a `gone` may answer this call or any other. */
	while (client->calls) {
		struct rpc_call *call = client->calls;

		client->calls = call->next;
		if (call->next)
			call->next->link = &client->calls;
		call->client = NULL;
		call->link = NULL;
		if (call->gone)
			call->gone(call->gone_arg);
	}
	client->ncalls = 0;
}

/* ---- requests -------------------------------------------------------------------------------- */

static const struct service *find_service(const struct rpc_server *server, const char *name)
{
	for (const struct service *s = server->services; s; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static rpc_handler find_method(const struct service *service, const char *name,
			       const ProtobufCMethodDescriptor **out)
{
	*out = protobuf_c_service_descriptor_get_method_by_name(service->descriptor, name);
	for (const struct rpc_method *m = service->methods; *out && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m->run;
	return NULL;
}

static struct rpc_call *call_new(struct connection *client, const struct frame *frame,
				 const Ttrpc__Request *request)
{
	struct rpc_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->client = client;
	call->stream = frame->stream;
	call->streaming = (frame->flags & FRAME_REMOTE_CLOSED) != 0;
	call->timeout_ns = request->timeout_nano > 0 ? (uint64_t)request->timeout_nano : 0;
	call->pid = client->pid;
	call->next = client->calls;
	if (call->next)
		call->next->link = &call->next;
	call->link = &client->calls;
	client->calls = call;
	client->ncalls++;
	return call;
}

static void run(struct connection *client, const struct frame *frame, const Ttrpc__Request *request,
		const struct service *service)
{
	const ProtobufCMethodDescriptor *method = NULL;
	rpc_handler handler = find_method(service, request->method, &method);

	if (!handler) {
		server_refuse(client, frame->stream, RPC_UNIMPLEMENTED, "method %s",
			      request->method);
		return;
	}
	struct rpc_call *call = call_new(client, frame, request);

	if (!call) {
		server_refuse(client, frame->stream, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	call->service = service;
	call->method = method;
	call->request = message_unpack(method->input, request->payload.data, request->payload.len);
	if (!call->request)
		rpc_fail_code(call, RPC_INTERNAL,
			      "ttrpc: error unmarshalling payload: not a valid %s",
			      method->input->name);
	else
		handler(service->arg, call, call->request);
}

void server_request(struct connection *client, const struct frame *frame)
{
	Ttrpc__Request *request = (Ttrpc__Request *)message_unpack(&ttrpc__request__descriptor,
								   frame->data, frame->length);
	const struct service *service = NULL;

	client->last_stream = frame->stream;
	if (request)
		service = find_service(client->server, request->service);
	if (!request)
		server_refuse(client, frame->stream, RPC_INVALID_ARGUMENT,
			      "unmarshal request error: not a valid ttrpc.Request");
	else if (!service)
		server_refuse(client, frame->stream, RPC_UNIMPLEMENTED, "service %s",
			      request->service);
	else if (frame->flags & FRAME_REMOTE_OPEN)
		server_refuse(client, frame->stream, RPC_UNIMPLEMENTED,
			      "method %s does not take a stream", request->method);
	else if (request->timeout_nano < 0)
		server_refuse(client, frame->stream, RPC_DEADLINE_EXCEEDED,
			      "context deadline exceeded");
	else if (client->ncalls >= CALLS_PER_CLIENT)
		server_refuse(client, frame->stream, RPC_RESOURCE_EXHAUSTED,
			      "more than %d calls wait for an answer on this connection",
			      CALLS_PER_CLIENT);
	else
		run(client, frame, request, service);
	if (request)
		protobuf_c_message_free_unpacked(&request->base, NULL);
}
