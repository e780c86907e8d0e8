/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_stream.c - cleat events: what was kept, then what happens, for as long as the client reads.
 *
 * One that does not read is dropped with a sentence; nobody waits for it.
 */
#include "service/event_filter.h"
#include "service/service.h"

#include "base/clock.h"
#include "base/loop.h"
#include "task/events.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What clients have not read is memory of ours, also of those that were dropped and are still there. One
 * may have as much as a connection may (rpc_send's -EAGAIN), but of all together no more than this.
 */
enum { UNSENT_MAX = 16 << 20 };

struct event_stream {
	struct service *service;
	struct rpc_call *call;
	const Cleat__V1__EventsRequest *request; /* the call's */
	const char *ns;
	struct event_listener *listener;
	struct cleat_watch *timer; /* for `until` */
	bool slow;
};

static void stream_free(struct event_stream *stream)
{
	rpc_call_on_close(stream->call, NULL, NULL);
	loop_unwatchp(&stream->timer);
	if (stream->listener)
		events_unlisten(stream->service->tasks->events, stream->listener);
	free(stream);
}

static void stream_end(struct event_stream *stream)
{
	struct rpc_call *call = stream->call;

	stream_free(stream);
	rpc_reply(call, NULL);
}

static void gone(void *arg)
{
	stream_end(arg);
}

static void drop(struct event_stream *stream)
{
	struct rpc_call *call = stream->call;

	stream_free(stream);
	rpc_fail_code(
		call, RPC_RESOURCE_EXHAUSTED,
		"events were not read as fast as they came, and the rest is lost: listen again "
		"with --since");
}

static bool holds_too_much(const struct event_stream *stream, const Cleat__V1__Event *event)
{
	struct service *service = stream->service;

	/* Counted once for each event, not once for each client that hears of it. */
	if (service->events_unsent_at != event->time)
		service->events_unsent = rpc_server_unsent(service->server);
	service->events_unsent_at = event->time;
	return service->events_unsent > UNSENT_MAX &&
	       rpc_unsent(stream->call) > UNSENT_MAX / (rpc_server_clients(service->server) + 1);
}

static void send(struct event_stream *stream, const Cleat__V1__Event *event)
{
	if (!event_filter_passes(stream->request->filters, stream->request->n_filters, stream->ns,
				 event))
		return;
	if (rpc_send(stream->call, &event->base) == -EAGAIN || holds_too_much(stream, event))
		stream->slow = true;
}

static void replayed(void *arg, const Cleat__V1__Event *event)
{
	struct event_stream *stream = arg;

	if (!stream->slow && (!stream->request->until || event->time <= stream->request->until))
		send(stream, event);
}

static void happened(void *arg, const Cleat__V1__Event *event)
{
	struct event_stream *stream = arg;

	send(stream, event);
	if (stream->slow)
		drop(stream);
}

/* ---- the call -------------------------------------------------------------------------------------- */
static void time_is_up(void *arg)
{
	stream_end(arg);
}

static int follow(struct event_stream *stream, uint64_t now, struct cleat_error *err)
{
	struct tasks *tasks = stream->service->tasks;
	uint64_t until = stream->request->until;
	int r = events_listen(tasks->events, happened, stream, &stream->listener, err);

	if (r == 0 && until)
		r = loop_watch_timer(tasks->env.loop, until - now, time_is_up, stream,
				     &stream->timer, err);
	return r;
}

static void begin(struct event_stream *stream)
{
	const Cleat__V1__EventsRequest *request = stream->request;
	uint64_t now = clock_now(CLOCK_REALTIME);
	struct cleat_error err = { 0 };

	if (request->since)
		events_replay(stream->service->tasks->events, request->since, replayed, stream);
	if (stream->slow) {
		drop(stream);
	} else if (request->until && request->until <= now) {
		stream_end(stream);
	} else if (follow(stream, now, &err) < 0) {
		struct rpc_call *call = stream->call;

		stream_free(stream);
		rpc_fail(call, &err);
	}
}

void service_events(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__EventsRequest *request = (const void *)message;
	struct event_stream *stream = NULL;
	struct cleat_error err = { 0 };
	const char *ns = service_namespace(request->namespace_, &err);

	if (!ns || event_filter_check(request->filters, request->n_filters, &err) < 0) {
		rpc_fail(call, &err);
		return;
	}
	stream = calloc(1, sizeof(*stream));
	if (!stream) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	*stream =
		(struct event_stream){ .service = arg, .call = call, .request = request, .ns = ns };
	rpc_call_on_close(call, gone, stream);
	begin(stream);
}
