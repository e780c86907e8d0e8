/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.c - forward events to the daemon, in order, however long it is away.
 *
 * The connection is made for the events that there are and closed after the last one: an idle shim
 * costs the daemon nothing, and a daemon that wants to leave is not held by it.
 */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "rpc/pb/events_ttrpc.pb-c.h"
#include "rpc/ttrpc.h"

typedef Containerd__Services__Events__Ttrpc__V1__Envelope envelope_message;
typedef Containerd__Services__Events__Ttrpc__V1__ForwardRequest forward_message;

enum { QUEUE_MAX = 128, FORWARD_S = 5 };

struct event {
	struct event *next;
	const char *topic; /* a constant */
	const char *type;  /* of the descriptor */
	uint64_t at_ns;
	size_t len;
	uint8_t bytes[];
};

struct publisher {
	struct loop *loop;
	char *path;
	char *namespace_;
	struct event *first, **last;
	unsigned length, failures;
	struct rpc_client *client;
	bool sending;
	struct cleat_watch *next_try, *flush_limit;
	void (*failed)(void *arg);
	void *failed_arg;
	void (*flushed)(void *arg);
	void *flushed_arg;
};

static void send_first(struct publisher *p);

static void pop(struct publisher *p)
{
	struct event *event = p->first;

	p->first = event->next;
	if (!p->first)
		p->last = &p->first;
	p->length--;
	free(event);
}

static void flush_over(void *arg)
{
	struct publisher *p = arg;
	void (*flushed)(void *arg) = p->flushed;

	loop_unwatchp(&p->flush_limit);
	p->flushed = NULL;
	if (flushed)
		flushed(p->flushed_arg);
}

static void flush_within(struct publisher *p, uint64_t limit_ns)
{
	struct cleat_error err = { 0 };

	loop_unwatchp(&p->flush_limit);
	(void)loop_watch_timer(p->loop, limit_ns, flush_over, p, &p->flush_limit, &err);
}

/* ---- failure: wait and try the same event again ------------------------------------------------ */

static void try_again(void *arg)
{
	struct publisher *p = arg;

	loop_unwatchp(&p->next_try);
	send_first(p);
}

/* 50 ms, doubling, at most 10 s. */
static uint64_t back_off(unsigned failures)
{
	uint64_t delay = 50 * NS_PER_MS << (failures > 8 ? 8 : failures);

	return delay > 10 * NS_PER_S ? 10 * NS_PER_S : delay;
}

static void unreachable(struct publisher *p, const char *why)
{
	struct cleat_error err = { 0 };
	struct rpc_client *client = p->client;

	log_line(CLEAT_DEBUG, "cannot forward an event to '%s': %s; trying again", p->path, why);
	p->client = NULL;
	p->sending = false;
	rpc_client_free(client);
	loop_unwatchp(&p->next_try);
	(void)loop_watch_timer(p->loop, back_off(p->failures), try_again, p, &p->next_try, &err);
	p->failures++;
	if (p->failed)
		p->failed(p->failed_arg);
}

/* ---- success --------------------------------------------------------------------------------- */

static void all_sent(struct publisher *p)
{
	struct rpc_client *client = p->client;

	p->client = NULL;
	rpc_client_free(client);
	if (p->flushed)
		flush_within(p, 0);
}

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct publisher *p = arg;

	p->sending = false;
	if (!reply && (err->errnum == ECONNRESET || err->errnum == ETIMEDOUT)) {
		unreachable(p, err->text);
		return;
	}
	if (!reply) /* it was looked at and refused: once more would not help */
		log_line(CLEAT_WARN, "event %s was refused: %s", p->first->topic, err->text);
	p->failures = 0;
	pop(p);
	send_first(p);
}

static int forward(struct publisher *p, const struct event *event, struct cleat_error *err)
{
	forward_message request = CONTAINERD__SERVICES__EVENTS__TTRPC__V1__FORWARD_REQUEST__INIT;
	envelope_message envelope = CONTAINERD__SERVICES__EVENTS__TTRPC__V1__ENVELOPE__INIT;
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

	at.seconds = (int64_t)(event->at_ns / NS_PER_S);
	at.nanos = (int32_t)(event->at_ns % NS_PER_S);
	any.type_url = (char *)(uintptr_t)event->type;
	any.value.data = (uint8_t *)(uintptr_t)event->bytes;
	any.value.len = event->len;
	envelope.timestamp = &at;
	envelope.namespace_ = p->namespace_;
	envelope.topic = (char *)(uintptr_t)event->topic;
	envelope.event = &any;
	request.envelope = &envelope;
	return rpc_call(p->client, "containerd.services.events.ttrpc.v1.Events", "Forward",
			&request.base, &google__protobuf__empty__descriptor, FORWARD_S * NS_PER_S,
			answered, p, err);
}

static int dial(struct publisher *p, struct cleat_error *err)
{
	int fd = fd_unix_connect_now(p->path); /* a stuck daemon must not hold us */

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot connect: %m");
	int r = rpc_client_new(p->loop, fd, NULL, NULL, &p->client, err);

	if (r < 0)
		(void)close(fd);
	else
		rpc_client_namespace(p->client, p->namespace_);
	return r;
}

static void send_first(struct publisher *p)
{
	struct cleat_error err = { 0 };

	if (p->sending || p->next_try)
		return;
	if (!p->first) {
		all_sent(p);
		return;
	}
	if ((!p->client && dial(p, &err) < 0) || forward(p, p->first, &err) < 0)
		unreachable(p, err.text);
	else
		p->sending = true;
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void make_room(struct publisher *p)
{
	struct event **link = &p->first;

	if (p->length < QUEUE_MAX)
		return;
	if (p->sending) /* the head is on its way: answered() pops it */
		link = &p->first->next;
	struct event **oldest = link;

	while (*link && strcmp((*link)->topic, "/tasks/exit") == 0)
		link = &(*link)->next;
	if (!*link)
		link = oldest;
	struct event *victim = *link;

	if (!victim)
		return;
	log_line(CLEAT_WARN, "event %s is lost: %d wait already", victim->topic, QUEUE_MAX);
	*link = victim->next;
	if (p->last == &victim->next)
		p->last = link;
	p->length--;
	free(victim);
}

void publish(struct publisher *p, const char *topic, const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	struct event *event = p->path ? malloc(sizeof(*event) + len) : NULL;

	if (!event)
		return;
	*event = (struct event){ .topic = topic,
				 .type = message->descriptor->name,
				 .at_ns = clock_now(CLOCK_REALTIME),
				 .len = len };
	(void)protobuf_c_message_pack(message, event->bytes);
	make_room(p);
	*p->last = event;
	p->last = &event->next;
	p->length++;
	send_first(p);
}

bool publisher_is_behind(const struct publisher *p)
{
	return p->first != NULL;
}

void publisher_kick(struct publisher *p)
{
	loop_unwatchp(&p->next_try);
	if (p->first)
		send_first(p);
}

void publisher_on_failure(struct publisher *p, void (*failed)(void *arg), void *arg)
{
	p->failed = failed;
	p->failed_arg = arg;
}

void publisher_flush(struct publisher *p, uint64_t limit_ns, void (*done)(void *arg), void *arg)
{
	p->flushed = done;
	p->flushed_arg = arg;
	flush_within(p, p->first ? limit_ns : 0);
}

int publisher_new(struct loop *loop, const char *address, const char *namespace_,
		  struct publisher **out, struct cleat_error *err)
{
	struct publisher *p = calloc(1, sizeof(*p));

	if (address && text_starts(address, "unix://"))
		address += strlen("unix://");
	if (p) {
		p->path = address && *address ? strdup(address) : NULL;
		p->namespace_ = strdup(namespace_);
	}
	if (!p || !p->namespace_) {
		publisher_free(p);
		return cleat_fail(err, ENOMEM, "cannot prepare to publish events: out of memory");
	}
	p->loop = loop;
	p->last = &p->first;
	*out = p;
	return 0;
}

void publisher_free(struct publisher *p)
{
	if (!p)
		return;
	while (p->first)
		pop(p);
	loop_unwatchp(&p->next_try);
	loop_unwatchp(&p->flush_limit);
	rpc_client_free(p->client);
	free(p->path);
	free(p->namespace_);
	free(p);
}
