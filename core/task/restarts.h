/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restarts.h - what the restarts of all containers share: the timer, the way in, the managers.
 *
 * A pending restart is an alarm of its manager (S60). When it rings the container queues for
 * admission; admitted, its start is a job of its queue like any other.
 */
#ifndef CORE_TASK_RESTARTS_H
#define CORE_TASK_RESTARTS_H

#include <cleat/restart.h>

#include "task/admission.h"
#include "task/alarms.h"

struct task;
struct tasks;

/** restart_manager.c: the core's ten interfaces; their self is a struct restart_core. */
extern const struct cleat_restart_ops restart_core_ops;
struct restart_core {
	struct alarms *alarms;
	/** S61: start container @id after @delay_ns. */
	int (*later)(void *arg, const char *id, uint64_t delay_ns, int32_t code,
		     struct cleat_error *err);
	void *arg;
};

struct restarts {
	struct alarms *alarms;
	struct admission admission;
	struct restart_core core;
	struct alarm pump; /* the moment of the next token */
	uint64_t random;   /* state of a small generator: jitter is no secret */
	uint64_t
		spread_ns; /* of starts that this start of the daemon brings; 0: none is under way */
};

int restarts_new(struct tasks *tasks, struct restarts **out, struct cleat_error *err);
void restarts_free(struct restarts *restarts); /* NULL is fine */
uint32_t restarts_random(struct restarts *restarts);
/** Let in who may go now, and come again for the next token. */
void restarts_pump(struct restarts *restarts);
/** The daemon comes up with @n containers that may have to be started: how far to spread them. */
void restarts_spread(struct tasks *tasks, size_t n);
/** A random part of that. */
uint64_t restarts_spread_delay(struct restarts *restarts);

#endif
