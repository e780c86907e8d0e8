/* SPDX-License-Identifier: Apache-2.0 */
/* alarms.c - a binary heap and one timerfd. */
#include "task/alarms.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cleat/cleanup.h>

struct alarms {
	struct alarm **heap; /* heap[1] is the earliest */
	size_t n, room;
	int fd; /* -1 without a loop */
	struct cleat_watch *watch;
	uint64_t now;   /* without a loop */
	uint64_t armed; /* for when the timer is set; UINT64_MAX: it is not */
};

/* ---- the heap ------------------------------------------------------------------------------------ */
static void put(struct alarms *alarms, size_t place, struct alarm *alarm)
{
	alarms->heap[place] = alarm;
	alarm->place = place;
}

static void rise(struct alarms *alarms, size_t place, struct alarm *alarm)
{
	for (; place > 1 && alarms->heap[place / 2]->at > alarm->at; place /= 2)
		put(alarms, place, alarms->heap[place / 2]);
	put(alarms, place, alarm);
}

static void sink(struct alarms *alarms, size_t place, struct alarm *alarm)
{
	for (size_t child = place * 2; child <= alarms->n; child = place * 2) {
		if (child < alarms->n && alarms->heap[child + 1]->at < alarms->heap[child]->at)
			child++;
		if (alarms->heap[child]->at >= alarm->at)
			break;
		put(alarms, place, alarms->heap[child]);
		place = child;
	}
	put(alarms, place, alarm);
}

static void take_out(struct alarms *alarms, struct alarm *alarm)
{
	struct alarm *last = alarms->heap[alarms->n--];
	size_t place = alarm->place;

	alarm->place = 0;
	if (last == alarm)
		return;
	if (place > 1 && alarms->heap[place / 2]->at > last->at)
		rise(alarms, place, last);
	else
		sink(alarms, place, last);
}

static int make_room(struct alarms *alarms, struct cleat_error *err)
{
	size_t room = alarms->room ? alarms->room * 2 : 16;

	if (alarms->n + 1 < alarms->room)
		return 0;
	struct alarm **heap = realloc(alarms->heap, room * sizeof(struct alarm *));

	if (!heap)
		return cleat_fail(err, ENOMEM, "cannot set an alarm: out of memory");
	alarms->heap = heap;
	alarms->room = room;
	return 0;
}

/* ---- the timer ----------------------------------------------------------------------------------- */
static void arm(struct alarms *alarms)
{
	uint64_t at = alarms_next(alarms);
	struct itimerspec when = { 0 };

	if (alarms->fd < 0 || at == alarms->armed)
		return;
	if (at != UINT64_MAX) { /* all zero would switch it off */
		when.it_value.tv_sec = (time_t)(at / NS_PER_S);
		when.it_value.tv_nsec = (long)(at % NS_PER_S) + (at == 0);
	}
	if (timerfd_settime(alarms->fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		log_line(CLEAT_ERROR, "cannot set the timer: %m");
	else
		alarms->armed = at;
}

static void expired(void *arg, uint32_t events)
{
	struct alarms *alarms = arg;
	uint64_t times = 0;

	(void)events;
	/* Nothing to read is a wake-up for nothing: what is due is told by the clock, not by that. */
	if (read(alarms->fd, &times, sizeof(times)) == (ssize_t)sizeof(times))
		alarms->armed = UINT64_MAX;
	(void)alarms_ring(alarms, alarms_now(alarms));
	arm(alarms);
}

int alarms_new(struct loop *loop, struct alarms **out, struct cleat_error *err)
{
	struct alarms *alarms = calloc(1, sizeof(*alarms));

	if (!alarms)
		return cleat_fail(err, ENOMEM, "cannot make a timer: out of memory");
	alarms->armed = UINT64_MAX;
	alarms->fd = loop ? timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK) : -1;
	int r = 0;

	if (loop && alarms->fd < 0)
		r = cleat_fail(err, errno, "cannot make a timer: %m");
	else if (loop)
		r = loop_watch_fd(loop, alarms->fd, EPOLLIN, expired, alarms, &alarms->watch, err);
	if (r < 0)
		alarms_free(alarms);
	else
		*out = alarms;
	return r;
}

void alarms_free(struct alarms *alarms)
{
	if (!alarms)
		return;
	loop_unwatch(alarms->watch);
	if (alarms->fd >= 0)
		(void)close(alarms->fd);
	free(alarms->heap);
	free(alarms);
}

int alarms_set(struct alarms *alarms, struct alarm *alarm, uint64_t at, struct cleat_error *err)
{
	if (alarm->place)
		take_out(alarms, alarm);
	if (make_room(alarms, err) < 0)
		return -err->errnum;
	alarm->at = at;
	rise(alarms, ++alarms->n, alarm);
	arm(alarms);
	return 0;
}

void alarms_clear(struct alarms *alarms, struct alarm *alarm)
{
	if (!alarm->place)
		return;
	take_out(alarms, alarm);
	arm(alarms);
}

size_t alarms_ring(struct alarms *alarms, uint64_t now)
{
	size_t rung = 0;

	/* One that sets itself again for now rings in the next round, not for ever in this one. */
	for (size_t most = alarms->n; rung < most && alarms_next(alarms) <= now; rung++) {
		struct alarm *alarm = alarms->heap[1];

		take_out(alarms, alarm);
		alarm->ring(alarm->arg);
	}
	return rung;
}

uint64_t alarms_next(const struct alarms *alarms)
{
	return alarms->n ? alarms->heap[1]->at : UINT64_MAX;
}

uint64_t alarms_now(const struct alarms *alarms)
{
	return alarms->fd < 0 ? alarms->now : clock_now(CLOCK_BOOTTIME);
}

void alarms_set_now(struct alarms *alarms, uint64_t now)
{
	alarms->now = now;
}

size_t alarms_count(const struct alarms *alarms)
{
	return alarms->n;
}
