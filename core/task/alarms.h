/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarms.h - one timer of the kernel for any number of moments, on CLOCK_BOOTTIME.
 *
 * A heap of pointers: what waits costs a pointer here and its own struct, no timer and no thread. The
 * clock is counted through sleep and never set, so that a step of the wall clock changes no wait.
 */
#ifndef CORE_TASK_ALARMS_H
#define CORE_TASK_ALARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct loop;

/** A moment and what to do then; legal to embed. Zeroed: not set. */
struct alarm {
	uint64_t at;  /* CLOCK_BOOTTIME */
	size_t place; /* in the heap, from 1; 0: not set */
	void (*ring)(void *arg);
	void *arg;
};

struct alarms;

/** @loop NULL, for tests: nothing rings but by alarms_ring, and time stands still at alarms_set_now. */
int alarms_new(struct loop *loop, struct alarms **out, struct cleat_error *err);
void alarms_free(struct alarms *alarms); /* NULL is fine */
/** Ring @alarm at @at: soon when that has passed. Set before: moved. */
int alarms_set(struct alarms *alarms, struct alarm *alarm, uint64_t at, struct cleat_error *err);
void alarms_clear(struct alarms *alarms, struct alarm *alarm);
static inline bool alarm_is_set(const struct alarm *alarm)
{
	return alarm->place != 0;
}
/** Ring all that are due at @now, earliest first; returns how many. */
size_t alarms_ring(struct alarms *alarms, uint64_t now);
/** The earliest moment; UINT64_MAX: none. */
uint64_t alarms_next(const struct alarms *alarms);
/** CLOCK_BOOTTIME; what alarms_set_now said when there is no loop. */
uint64_t alarms_now(const struct alarms *alarms);
void alarms_set_now(struct alarms *alarms, uint64_t now);
size_t alarms_count(const struct alarms *alarms);

#endif
