/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/events_ttrpc.pb-c.h"
#include "rpc/ttrpc.h"
#include "shim/publish.h"

/* A daemon that notes the topics it is told. */
static struct loop *loop;
static struct rpc_server *server;
static struct publisher *publisher;
static struct cleat_error err;
static char path[64], topics[4096];
static unsigned events, failures, flushed;
static uint32_t last_pid;
static bool refuse;

static void forward(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Services__Events__Ttrpc__V1__Envelope *e =
		((const Containerd__Services__Events__Ttrpc__V1__ForwardRequest *)request)
			->envelope;

	(void)arg;
	CU_ASSERT_STRING_EQUAL(e->namespace_, "ns1");
	CU_ASSERT_TRUE(e->timestamp->seconds > 1700000000);
	CU_ASSERT_STRING_EQUAL(e->event->type_url, "containerd.events.TaskStart");
	Containerd__Events__TaskStart *start = containerd__events__task_start__unpack(
		NULL, e->event->value.len, e->event->value.data);

	last_pid = start->pid;
	containerd__events__task_start__free_unpacked(start, NULL);
	(void)strncat(topics, e->topic, sizeof(topics) - strlen(topics) - 1);
	events++;
	if (refuse)
		rpc_fail_code(call, RPC_INVALID_ARGUMENT, "no");
	else
		rpc_reply(call, NULL);
}

static const struct rpc_method methods[] = { { "Forward", forward }, { 0 } };

static void daemon_start(void)
{
	(void)unlink(path);
	int fd = fd_unix_listen(path, 0600, 8);

	CU_ASSERT_FATAL(fd >= 0);
	UNIT_OK(rpc_server_new(loop, fd, getuid(), 4, &server, &err), err);
	UNIT_OK(rpc_server_add(server, NULL,
			       &containerd__services__events__ttrpc__v1__events__descriptor,
			       methods, NULL, &err),
		err);
}

static void daemon_die(void)
{
	rpc_server_free(server);
	server = NULL;
	(void)unlink(path);
}

static void run(unsigned ms)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + ms * NS_PER_MS;

	do {
		(void)loop_step(loop, NS_PER_MS);
	} while (clock_now(CLOCK_MONOTONIC) < end);
}

static void on_failure(void *arg)
{
	(void)arg;
	failures++;
}

static void on_flushed(void *arg)
{
	(void)arg;
	flushed++;
}

static void begin(const char *prefix)
{
	char address[96];

	topics[0] = '\0';
	events = failures = flushed = last_pid = 0;
	refuse = false;
	(void)snprintf(path, sizeof(path), "/tmp/cleat-publish-%d.sock", getpid());
	(void)snprintf(address, sizeof(address), "%s%s", prefix, path);
	UNIT_OK(loop_new(&loop, &err), err);
	UNIT_OK(publisher_new(loop, address, "ns1", &publisher, &err), err);
	publisher_on_failure(publisher, on_failure, NULL);
}

static void end(void)
{
	publisher_free(publisher);
	if (server)
		daemon_die();
	loop_free(loop);
}

static void tell(const char *topic, uint32_t pid)
{
	Containerd__Events__TaskStart event = CONTAINERD__EVENTS__TASK_START__INIT;

	event.pid = pid;
	publish(publisher, topic, &event.base);
}

static void events_arrive_in_order(void)
{
	begin("unix://");
	daemon_start();
	tell("/a", 1);
	tell("/b", 2);
	tell("/c", 3);
	run(20);
	CU_ASSERT_STRING_EQUAL(topics, "/a/b/c");
	CU_ASSERT_EQUAL(last_pid, 3);
	CU_ASSERT_FALSE(publisher_is_behind(publisher));
	CU_ASSERT_EQUAL(rpc_server_clients(server), 0); /* an idle shim holds no connection */
	end();
}

static void a_daemon_that_was_away_hears_all(void)
{
	begin("");
	tell("/a", 1);
	tell("/b", 2);
	run(20);
	CU_ASSERT_TRUE(failures > 0);
	CU_ASSERT_TRUE(publisher_is_behind(publisher));
	daemon_start();
	run(400);
	CU_ASSERT_STRING_EQUAL(topics, "/a/b");
	CU_ASSERT_FALSE(publisher_is_behind(publisher));
	end();
}

static void a_kick_need_not_wait(void)
{
	begin("");
	tell("/a", 1);
	for (int i = 0; i < 4; i++)
		publisher_kick(publisher); /* the next try is now far away */
	daemon_start();
	publisher_kick(publisher);
	run(20);
	CU_ASSERT_STRING_EQUAL(topics, "/a");
	end();
}

static void a_refused_event_is_not_sent_again(void)
{
	begin("");
	daemon_start();
	refuse = true;
	tell("/a", 1);
	run(20);
	CU_ASSERT_EQUAL(events, 1);
	CU_ASSERT_FALSE(publisher_is_behind(publisher));
	refuse = false;
	tell("/b", 2);
	run(20);
	CU_ASSERT_STRING_EQUAL(topics, "/a/b");
	end();
}

static void a_full_queue_keeps_the_exits(void)
{
	begin("");
	tell("/tasks/exit", 1);
	for (uint32_t i = 0; i < 300; i++)
		tell(i % 2 ? "/x" : "/tasks/exit", i);
	daemon_start();
	publisher_kick(publisher);
	run(200);
	CU_ASSERT_EQUAL(events, 128);
	CU_ASSERT_PTR_NULL(strstr(topics, "/x/x")); /* almost nothing but exits is left */
	CU_ASSERT_EQUAL(last_pid, 299);
	end();
}

static void a_flush_waits_but_not_for_ever(void)
{
	begin("");
	daemon_start();
	tell("/a", 1);
	publisher_flush(publisher, 60 * NS_PER_S, on_flushed, NULL);
	CU_ASSERT_EQUAL(flushed, 0);
	run(20);
	CU_ASSERT_EQUAL(flushed, 1);
	CU_ASSERT_EQUAL(events, 1);
	daemon_die();
	tell("/b", 2);
	publisher_flush(publisher, 30 * NS_PER_MS, on_flushed, NULL);
	run(100);
	CU_ASSERT_EQUAL(flushed, 2);
	end();
}

static void nobody_to_tell(void)
{
	begin("");
	publisher_free(publisher);
	UNIT_OK(publisher_new(loop, NULL, "ns1", &publisher, &err), err);
	tell("/a", 1);
	CU_ASSERT_FALSE(publisher_is_behind(publisher));
	end();
}

UNIT_MAIN("shim/publish", UNIT_TEST(events_arrive_in_order),
	  UNIT_TEST(a_daemon_that_was_away_hears_all), UNIT_TEST(a_kick_need_not_wait),
	  UNIT_TEST(a_refused_event_is_not_sent_again), UNIT_TEST(a_full_queue_keeps_the_exits),
	  UNIT_TEST(a_flush_waits_but_not_for_ever), UNIT_TEST(nobody_to_tell))
