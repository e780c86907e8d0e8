/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admission.h - how many automatic starts at once, and how many a second, over all containers.
 *
 * Two lanes: restarts pass a number of places and a bucket of tokens; starts that the daemon's own
 * start brings have places of their own and no bucket, since they are spread in time already. A start
 * by hand passes neither. First come, first served. Time is an argument: nothing here reads a clock.
 */
#ifndef CORE_TASK_ADMISSION_H
#define CORE_TASK_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

struct admission_limits {
	int64_t places;      /* restarts at once */
	int64_t boot_places; /* starts with the daemon at once */
	int64_t rate, burst; /* restarts a second, and in a row; rate 0: no limit */
};

/** Who waits; embedded, zeroed: in no lane. */
struct admission_ticket {
	struct admission_ticket *next;
	bool boot;            /* which lane: set by admission_join */
	bool waiting, inside; /* in the queue; has a place */
	uint64_t since;       /* waits since */
	void (*go)(void *arg);
	void *arg;
};

struct admission {
	struct admission_limits limits;
	struct lane {
		struct admission_ticket *first, *last;
		int64_t used;
	} restarts, boot;
	int64_t tokens_ns; /* what the bucket holds, as the time that filled it */
	uint64_t filled;   /* when that was true */
};

void admission_init(struct admission *admission, const struct admission_limits *limits,
		    uint64_t now);
/** Queue up, in the lane of starts with the daemon if @boot; admission_pump lets it in. */
void admission_join(struct admission *admission, struct admission_ticket *ticket, bool boot,
		    uint64_t now);
/** Out of the queue, or of its place. Not in either: nothing. */
void admission_leave(struct admission *admission, struct admission_ticket *ticket);
/**
 * Let in who may go, calling each one's `go`. Returns when to come again although nobody has left:
 * UINT64_MAX, or the moment of the next token.
 */
uint64_t admission_pump(struct admission *admission, uint64_t now);

#endif
