/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - the event loop on libevent_core. */
#include "loop.h"

#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <event2/event.h>

struct loop {
	struct event_base *base;
};

struct cleat_watch {
	struct event *event;
	struct loop *loop;
	int fd;
	void (*ready)(void *arg, uint32_t events);
	void (*fire)(void *arg);
	void *arg;
	bool running, dead, once;
};

int loop_new(struct loop **out, struct cleat_error *err)
{
	struct event_config *config = event_config_new();
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop && config) {
		(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		loop->base = event_base_new_with_config(config);
	}
	if (config)
		event_config_free(config);
	if (!loop || !loop->base) {
		free(loop);
		return cleat_fail(err, ENOMEM, "cannot make an event loop: out of memory");
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	event_base_free(loop->base);
	free(loop);
}

int loop_run(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0 ? -EIO : 0;
}

static void wake(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

int loop_step(struct loop *loop, uint64_t timeout_ns)
{
	struct timeval limit = { .tv_sec = (time_t)(timeout_ns / NS_PER_S),
				 .tv_usec = (suseconds_t)(timeout_ns % NS_PER_S / 1000) };
	struct event *timer = evtimer_new(loop->base, wake, NULL);

	if (!timer)
		return -ENOMEM;
	(void)evtimer_add(timer, &limit);
	int r = event_base_loop(loop->base, EVLOOP_ONCE);

	event_free(timer);
	return r < 0 ? -EIO : 0;
}

void loop_stop(struct loop *loop)
{
	(void)event_base_loopbreak(loop->base);
}

static void finish(struct cleat_watch *watch)
{
	event_free(watch->event);
	free(watch);
}

static void dispatch(int fd, short what, void *arg)
{
	struct cleat_watch *watch = arg;

	(void)fd;
	watch->running = true;
	if (watch->ready)
		watch->ready(watch->arg, ((what & EV_READ) ? (uint32_t)EPOLLIN : 0u) |
						 ((what & EV_WRITE) ? (uint32_t)EPOLLOUT : 0u));
	else
		watch->fire(watch->arg);
	watch->running = false;
	if (watch->dead || watch->once)
		finish(watch);
}

static int make(struct loop *loop, int fd, short what, struct cleat_watch **out,
		struct cleat_error *err)
{
	struct cleat_watch *watch = calloc(1, sizeof(*watch));

	if (watch)
		watch->event = event_new(loop->base, fd, what, dispatch, watch);
	if (!watch || !watch->event) {
		free(watch);
		return cleat_fail(err, ENOMEM, "cannot watch an event: out of memory");
	}
	watch->loop = loop;
	watch->fd = fd;
	*out = watch;
	return 0;
}

static short to_libevent(uint32_t events)
{
	return (short)((events & EPOLLIN ? EV_READ : 0) | (events & EPOLLOUT ? EV_WRITE : 0) |
		       EV_PERSIST);
}

int loop_watch_fd(struct loop *loop, int fd, uint32_t events,
		  void (*ready)(void *arg, uint32_t events), void *arg, struct cleat_watch **out,
		  struct cleat_error *err)
{
	struct cleat_watch *watch = NULL;
	int r = make(loop, fd, to_libevent(events), &watch, err);

	if (r < 0)
		return r;
	watch->ready = ready;
	watch->arg = arg;
	if (events && event_add(watch->event, NULL) < 0) {
		int saved = errno ? errno : EIO;

		finish(watch);
		return cleat_fail(err, saved, "cannot watch descriptor %d: %m", fd);
	}
	*out = watch;
	return 0;
}

int loop_watch_events(struct cleat_watch *watch, uint32_t events)
{
	(void)event_del(watch->event);
	if (!events)
		return 0;
	if (event_assign(watch->event, watch->loop->base, watch->fd, to_libevent(events), dispatch,
			 watch) < 0 ||
	    event_add(watch->event, NULL) < 0)
		return -EIO;
	return 0;
}

int loop_watch_timer(struct loop *loop, uint64_t delay_ns, void (*fire)(void *arg), void *arg,
		     struct cleat_watch **out, struct cleat_error *err)
{
	struct timeval delay = { .tv_sec = (time_t)(delay_ns / NS_PER_S),
				 .tv_usec = (suseconds_t)(delay_ns % NS_PER_S / 1000) };
	struct cleat_watch *watch = NULL;
	int r = make(loop, -1, 0, &watch, err);

	if (r < 0)
		return r;
	watch->fire = fire;
	watch->arg = arg;
	(void)event_add(watch->event, &delay);
	*out = watch;
	return 0;
}

int loop_watch_signal(struct loop *loop, int signal, void (*caught)(void *arg), void *arg,
		      struct cleat_watch **out, struct cleat_error *err)
{
	struct cleat_watch *watch = NULL;
	int r = make(loop, signal, EV_SIGNAL | EV_PERSIST, &watch, err);

	if (r < 0)
		return r;
	watch->fire = caught;
	watch->arg = arg;
	if (event_add(watch->event, NULL) < 0) {
		finish(watch);
		return cleat_fail(err, EIO, "cannot watch signal %d", signal);
	}
	*out = watch;
	return 0;
}

int loop_defer(struct loop *loop, void (*run)(void *arg), void *arg)
{
	struct cleat_error err = { 0 };
	struct cleat_watch *watch = NULL;
	int r = loop_watch_timer(loop, 0, run, arg, &watch, &err);

	if (r == 0)
		watch->once = true;
	return r;
}

void loop_unwatch(struct cleat_watch *watch)
{
	if (!watch)
		return;
	(void)event_del(watch->event);
	if (watch->running)
		watch->dead = true; /* dispatch frees it when the callback returns */
	else
		finish(watch);
}

void loop_unwatchp(struct cleat_watch **watch)
{
	loop_unwatch(*watch);
	*watch = NULL;
}
