/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - an event is made, kept and told to those who listen. */
#include "task/event_log.h"
#include "task/events.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

enum { PAIRS_MAX = 8 }; /* that one caller adds */

struct event_listener {
	struct event_listener *next;
	event_seen seen;
	void *arg;
};

struct events {
	struct event_log log;
	struct event_listener *listeners;
	uint64_t last; /* the time of the latest: what comes later is not told as earlier */
};

struct event_number event_number(int64_t n)
{
	struct event_number number;

	(void)snprintf(number.text, sizeof(number.text), "%" PRId64, n);
	return number;
}

/* ---- listeners ------------------------------------------------------------------------------------- */
int events_listen(struct events *events, event_seen seen, void *arg, struct event_listener **out,
		  struct cleat_error *err)
{
	struct event_listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return cleat_fail(err, ENOMEM, "cannot listen to events: out of memory");
	listener->seen = seen;
	listener->arg = arg;
	listener->next = events->listeners;
	events->listeners = listener;
	*out = listener;
	return 0;
}

void events_unlisten(struct events *events, struct event_listener *listener)
{
	struct event_listener **at = &events->listeners;

	while (*at && *at != listener)
		at = &(*at)->next;
	if (*at)
		*at = listener->next;
	free(listener);
}

void events_replay(struct events *events, uint64_t since, event_seen seen, void *arg)
{
	for (size_t i = 0; i < events->log.n; i++) {
		const struct event_record *record = event_log_at(&events->log, i);
		Cleat__V1__Event *event =
			cleat__v1__event__unpack(NULL, record->len, record->bytes);

		if (event && event->time >= since)
			seen(arg, event);
		if (event)
			cleat__v1__event__free_unpacked(event, NULL);
	}
}

/* ---- telling --------------------------------------------------------------------------------------- */
static void keep(struct events *events, const Cleat__V1__Event *event)
{
	size_t len = cleat__v1__event__get_packed_size(event);
	_cleanup_free_ uint8_t *bytes = malloc(len);

	if (!bytes) {
		log_line(CLEAT_WARN, "event %s is not kept: out of memory", event->action);
		return;
	}
	(void)cleat__v1__event__pack(event, bytes);
	event_log_add(&events->log, bytes, len);
}

/* Two events of one moment, or a clock that was set back by a little, keep their order. */
static uint64_t now(struct events *events)
{
	uint64_t time = clock_now(CLOCK_REALTIME);

	if (time <= events->last && events->last - time < NS_PER_S)
		time = events->last + 1;
	events->last = time;
	return time;
}

void events_publish(struct events *events, Cleat__V1__Event *event)
{
	struct event_listener *next = NULL;

	if (!event->time)
		event->time = now(events);
	keep(events, event);
	for (struct event_listener *listener = events->listeners; listener; listener = next) {
		next = listener->next;
		listener->seen(listener->arg, event);
	}
}

/* protobuf-c has no const; it only reads. */
static void add(Cleat__V1__Event *event, Cleat__V1__Label *room, const char *key, const char *value)
{
	Cleat__V1__Label *pair = &room[event->n_attributes];

	cleat__v1__label__init(pair);
	pair->key = (char *)(uintptr_t)key;
	pair->value = (char *)(uintptr_t)value;
	event->attributes[event->n_attributes++] = pair;
}

static void add_pairs(Cleat__V1__Event *event, Cleat__V1__Label *room, va_list pairs)
{
	const char *key = NULL;

	for (size_t n = 0; n < PAIRS_MAX && (key = va_arg(pairs, const char *)); n++)
		add(event, room, key, va_arg(pairs, const char *));
}

static void add_task(Cleat__V1__Event *event, Cleat__V1__Label *room, const struct task *task)
{
	const container_config *config = task->config;

	add(event, room, "name", task->row.name ? task->row.name : "");
	if (*config->image)
		add(event, room, "image", config->image);
	for (size_t i = 0; i < config->n_labels; i++)
		add(event, room, config->labels[i]->key, config->labels[i]->value);
}

void task_event(const struct task *task, const char *action, ...)
{
	size_t most = PAIRS_MAX + 2 + task->config->n_labels;
	_cleanup_free_ Cleat__V1__Label *room = calloc(most, sizeof(*room));
	_cleanup_free_ Cleat__V1__Label **list = calloc(most, sizeof(Cleat__V1__Label *));
	Cleat__V1__Event event = CLEAT__V1__EVENT__INIT;
	va_list pairs;

	if (!task->all->events)
		return;
	if (!room || !list) {
		log_line(CLEAT_WARN, "%.12s: event %s is not told: out of memory", task->row.id,
			 action);
		return;
	}
	event.type = (char *)(uintptr_t) "container";
	event.action = (char *)(uintptr_t)action;
	event.namespace_ = task->row.ns;
	event.id = task->row.id;
	event.attributes = list;
	va_start(pairs, action);
	add_pairs(&event, room, pairs);
	va_end(pairs);
	add_task(&event, room, task);
	events_publish(task->all->events, &event);
}

void image_event(struct tasks *tasks, const char *ns, const char *id, const char *name,
		 const char *action)
{
	Cleat__V1__Event event = CLEAT__V1__EVENT__INIT;
	Cleat__V1__Label room[1];
	Cleat__V1__Label *list[1];

	if (!tasks->events)
		return;
	event.type = (char *)(uintptr_t) "image";
	event.action = (char *)(uintptr_t)action;
	event.namespace_ = (char *)(uintptr_t)ns;
	event.id = (char *)(uintptr_t)id;
	event.attributes = list;
	if (*name)
		add(&event, room, "name", name);
	events_publish(tasks->events, &event);
}

/* ---- life ------------------------------------------------------------------------------------------ */
int events_open(int root_fd, struct events **out, struct cleat_error *err)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return cleat_fail(err, ENOMEM, "cannot keep events: out of memory");
	int r = event_log_open(&events->log, root_fd, err);

	if (r < 0) {
		free(events);
		return r;
	}
	*out = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	while (events->listeners)
		events_unlisten(events, events->listeners);
	event_log_close(&events->log);
	free(events);
}
