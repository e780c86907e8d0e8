/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - the one event loop of a process, on libevent_core.
 *
 * A thin layer, so that plugins' watches (host.h), the wire and the rest share one kind of
 * registration and so that nobody else includes libevent.
 */
#ifndef CORE_BASE_LOOP_H
#define CORE_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/host.h>

struct loop;

int loop_new(struct loop **out, struct cleat_error *err);
void loop_free(struct loop *loop);
/** Run callbacks until loop_stop. 0 or -errno. */
int loop_run(struct loop *loop);
/** Run what is ready now, or wait at most @timeout_ns for something and run that. */
int loop_step(struct loop *loop, uint64_t timeout_ns);
/** Let loop_run return after the callbacks that are due. */
void loop_stop(struct loop *loop);

/** Call @ready(arg, events) while @fd has any of @events (EPOLLIN|EPOLLOUT|EPOLLPRI ignored), level triggered. */
int loop_watch_fd(struct loop *loop, int fd, uint32_t events,
		  void (*ready)(void *arg, uint32_t events), void *arg, struct cleat_watch **out,
		  struct cleat_error *err);
/** Change the events of a descriptor's watch; 0 pauses it. */
int loop_watch_events(struct cleat_watch *watch, uint32_t events);
/** Call @fire(arg) once, @delay_ns from now. The watch stays allocated until loop_unwatch. */
int loop_watch_timer(struct loop *loop, uint64_t delay_ns, void (*fire)(void *arg), void *arg,
		     struct cleat_watch **out, struct cleat_error *err);
/** Call @caught(arg) on the loop each time @signal arrives (SIGCHLD, SIGTERM, ...). */
int loop_watch_signal(struct loop *loop, int signal, void (*caught)(void *arg), void *arg,
		      struct cleat_watch **out, struct cleat_error *err);
/** Call @run(arg) once, soon, from the loop: to leave a deep call chain first. No handle. */
int loop_defer(struct loop *loop, void (*run)(void *arg), void *arg);
/** End a watch. NULL is fine; legal inside its own callback. */
void loop_unwatch(struct cleat_watch *watch);
void loop_unwatchp(struct cleat_watch **watch);

#endif
