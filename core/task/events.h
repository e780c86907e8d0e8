/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what happened, told to whoever listens: `cleat events`, and what asks about the past.
 *
 * The latest thousand or so are kept in memory and in <root>/events, which is written without waiting
 * for the disk: they survive the daemon's death, and a power cut takes the last seconds. To tell never
 * fails and never waits; a listener only takes note.
 */
#ifndef CORE_TASK_EVENTS_H
#define CORE_TASK_EVENTS_H

#include <stdint.h>

#include <cleat/error.h>

#include "rpc/pb/cleat.pb-c.h"

struct event_listener;
struct events;
struct task;
struct tasks;

/** Text of a number for an attribute: event_number(7).text lives until the end of the expression. */
struct event_number {
	char text[24];
};
struct event_number event_number(int64_t n);

/**
 * Something happened to a container: @action is docker's word ("die"), or ours where docker has none
 * ("restart-scheduled"). Then pairs of attribute and value, both strings, ended by NULL:
 *	task_event(task, "die", "exitCode", event_number(code).text, NULL);
 * Name, image and labels are added. Tell it after it has been recorded.
 */
void task_event(const struct task *task, const char *action, ...) __attribute__((sentinel));
/** The same for an image ("import", "tag", "untag", "delete"); @name may be "". */
void image_event(struct tasks *tasks, const char *ns, const char *id, const char *name,
		 const char *action);

/** @event is borrowed. It may take its own listener away, and no other. */
typedef void (*event_seen)(void *arg, const Cleat__V1__Event *event);
int events_listen(struct events *events, event_seen seen, void *arg, struct event_listener **out,
		  struct cleat_error *err);
void events_unlisten(struct events *events, struct event_listener *listener);
/** Those kept from @since (ns since 1970) on, oldest first. */
void events_replay(struct events *events, uint64_t since, event_seen seen, void *arg);

/** Take up what <root>/events has; what cannot be read there is left out and logged. */
int events_open(int root_fd, struct events **out, struct cleat_error *err);
void events_close(struct events *events);
/** Keep it and tell it: for the functions above and for tests. Sets time where it is 0. */
void events_publish(struct events *events, Cleat__V1__Event *event);

#endif
