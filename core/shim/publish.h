/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - events to the daemon: one ordered queue, sent one at a time, kept while it is away.
 *
 * The order is never changed. The queue is bounded: when it is full, the oldest event that is not
 * an exit goes first.
 */
#ifndef CORE_SHIM_PUBLISH_H
#define CORE_SHIM_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include <cleat/error.h>

struct loop;
struct publisher;

/** @address: path of the daemon's ttrpc socket, with or without unix://; NULL: events are dropped. */
int publisher_new(struct loop *loop, const char *address, const char *namespace_,
		  struct publisher **out, struct cleat_error *err);
void publisher_free(struct publisher *publisher);
/** Queue @event for @topic. Never fails: what cannot be queued is logged. */
void publish(struct publisher *publisher, const char *topic, const ProtobufCMessage *event);
/** Called each time the daemon cannot be reached, or the connection was lost. */
void publisher_on_failure(struct publisher *publisher, void (*failed)(void *arg), void *arg);
/** Is there an event that the daemon has not taken? */
bool publisher_is_behind(const struct publisher *publisher);
/** Try again now. */
void publisher_kick(struct publisher *publisher);
/** Call @done(arg) from the loop when the queue is empty, at most @limit_ns from now. */
void publisher_flush(struct publisher *publisher, uint64_t limit_ns, void (*done)(void *arg),
		     void *arg);

#endif
