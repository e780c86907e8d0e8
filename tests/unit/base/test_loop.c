/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "base/clock.h"
#include "base/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct loop *loop;
static struct cleat_watch *watch;
static int calls;

static void make(void)
{
	struct cleat_error err = { 0 };

	calls = 0;
	UNIT_OK(loop_new(&loop, &err), err);
}

static void unwatch_inside(void *arg, uint32_t events)
{
	char c = 0;

	CU_ASSERT_EQUAL(events, EPOLLIN);
	CU_ASSERT_EQUAL(read(*(int *)arg, &c, 1), 1);
	calls++;
	loop_unwatchp(&watch);
	loop_stop(loop);
}

static void descriptor_wakes_once(void)
{
	struct cleat_error err = { 0 };
	int p[2];

	make();
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	UNIT_OK(loop_watch_fd(loop, p[0], EPOLLIN, unwatch_inside, &p[0], &watch, &err), err);
	CU_ASSERT_EQUAL(write(p[1], "xy", 2), 2);
	CU_ASSERT_EQUAL(loop_run(loop), 0);
	CU_ASSERT_EQUAL(loop_step(loop, NS_PER_MS), 0);
	CU_ASSERT_EQUAL(calls, 1);
	(void)close(p[0]);
	(void)close(p[1]);
	loop_free(loop);
}

static void stop(void *arg)
{
	calls++;
	loop_stop(arg);
}

static void timer_fires_once(void)
{
	struct cleat_error err = { 0 };

	make();
	uint64_t before = clock_now(CLOCK_MONOTONIC);

	UNIT_OK(loop_watch_timer(loop, 20 * NS_PER_MS, stop, loop, &watch, &err), err);
	CU_ASSERT_EQUAL(loop_run(loop), 0);
	CU_ASSERT(clock_now(CLOCK_MONOTONIC) - before >= 19 * NS_PER_MS);
	CU_ASSERT_EQUAL(loop_step(loop, NS_PER_MS), 0);
	CU_ASSERT_EQUAL(calls, 1);
	loop_unwatchp(&watch);
	loop_free(loop);
}

static void deferred_runs_later(void)
{
	make();
	CU_ASSERT_EQUAL(loop_defer(loop, stop, loop), 0);
	CU_ASSERT_EQUAL(calls, 0);
	CU_ASSERT_EQUAL(loop_run(loop), 0);
	CU_ASSERT_EQUAL(calls, 1);
	loop_free(loop);
}

static void signal_is_an_event(void)
{
	struct cleat_error err = { 0 };

	make();
	UNIT_OK(loop_watch_signal(loop, SIGUSR1, stop, loop, &watch, &err), err);
	CU_ASSERT_EQUAL(raise(SIGUSR1), 0);
	CU_ASSERT_EQUAL(loop_run(loop), 0);
	CU_ASSERT_EQUAL(calls, 1);
	loop_unwatchp(&watch);
	loop_free(loop);
}

static void a_paused_watch_sleeps(void)
{
	struct cleat_error err = { 0 };
	int p[2];

	make();
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	UNIT_OK(loop_watch_fd(loop, p[0], 0, unwatch_inside, &p[0], &watch, &err), err);
	CU_ASSERT_EQUAL(write(p[1], "x", 1), 1);
	CU_ASSERT_EQUAL(loop_step(loop, NS_PER_MS), 0);
	CU_ASSERT_EQUAL(calls, 0);
	CU_ASSERT_EQUAL(loop_watch_events(watch, EPOLLIN), 0);
	CU_ASSERT_EQUAL(loop_run(loop), 0);
	CU_ASSERT_EQUAL(calls, 1);
	(void)close(p[0]);
	(void)close(p[1]);
	loop_free(loop);
}

UNIT_MAIN("loop", UNIT_TEST(descriptor_wakes_once), UNIT_TEST(timer_fires_once),
	  UNIT_TEST(deferred_runs_later), UNIT_TEST(signal_is_an_event),
	  UNIT_TEST(a_paused_watch_sleeps))
