/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture f;
static struct rpc_client *client;
static struct cleat_error err, last;
static unsigned answers, closes;
static uint64_t seen;
static bool free_inside;

static void closed(void *arg)
{
	(void)arg;
	closes++;
}

static void begin(void)
{
	fixture_open(&f, getuid(), 4);
	answers = closes = 0;
	seen = 0;
	free_inside = false;
	last = err = (struct cleat_error){ 0 };
	UNIT_OK(rpc_client_new(f.loop, fixture_dial(&f), closed, NULL, &client, &err), err);
}

static void end(void)
{
	rpc_client_free(client);
	fixture_close(&f);
}

static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *why)
{
	(void)arg;
	answers++;
	last = *why;
	if (reply && reply->descriptor == &containerd__task__v2__connect_response__descriptor)
		seen = ((const Containerd__Task__V2__ConnectResponse *)reply)->task_pid;
	if (reply && reply->descriptor == &cleat__v1__import_progress__descriptor)
		seen = seen * 10 + ((const Cleat__V1__ImportProgress *)reply)->bytes;
	if (free_inside) {
		rpc_client_free(client);
		client = NULL;
	}
}

static int call(const char *method, uint64_t timeout_ns)
{
	Containerd__Task__V2__ConnectRequest request = CONTAINERD__TASK__V2__CONNECT_REQUEST__INIT;

	return rpc_call(client, TASK, method, &request.base,
			&containerd__task__v2__connect_response__descriptor, timeout_ns, answered,
			NULL, &err);
}

static void a_call_is_answered(void)
{
	begin();
	rpc_client_namespace(client, "k8s.io");
	UNIT_OK(call("Connect", 0), err);
	CU_ASSERT_EQUAL(answers, 0); /* never before it returns */
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 1);
	CU_ASSERT_EQUAL(seen, 7);
	end();
}

static void errors_arrive_as_errno_and_text(void)
{
	begin();
	UNIT_OK(call("Delete", 0), err);
	fixture_turn(&f);
	UNIT_FAILS(-last.errnum, ENOENT, last, "process does not exist x");
	end();
}

static void deadlines(void)
{
	begin();
	UNIT_OK(call("Start", 2 * NS_PER_MS), err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 1);
	CU_ASSERT_EQUAL(last.errnum, ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.waiting);
	rpc_reply(f.waiting, NULL); /* too late: dropped */
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 1);
	UNIT_OK(call("Connect", NS_PER_S), err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(seen, 7);
	end();
}

static void everybody_hears_of_the_end(void)
{
	begin();
	UNIT_OK(call("Start", 0), err);
	fixture_turn(&f);
	UNIT_OK(call("Connect", NS_PER_S), err);
	rpc_server_free(f.server);
	f.server = NULL;
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 2);
	CU_ASSERT_EQUAL(last.errnum, ECONNRESET);
	CU_ASSERT_EQUAL(closes, 1);
	CU_ASSERT_EQUAL(call("Connect", 0), -ECONNRESET);
	rpc_reply(f.waiting, NULL);
	end();
}

static void streams(void)
{
	Cleat__V1__ImportRequest request = CLEAT__V1__IMPORT_REQUEST__INIT;

	begin();
	UNIT_OK(rpc_stream(client, "cleat.v1.Images", "Import", &request.base,
			   &cleat__v1__import_progress__descriptor, answered, NULL, &err),
		err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 4);
	CU_ASSERT_EQUAL(seen, 123);
	CU_ASSERT_EQUAL(last.errnum, 0);
	request.path = (char *)(uintptr_t) "bad";
	seen = 0;
	UNIT_OK(rpc_stream(client, "cleat.v1.Images", "Import", &request.base,
			   &cleat__v1__import_progress__descriptor, answered, NULL, &err),
		err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 8);
	CU_ASSERT_EQUAL(last.errnum, ENOSPC);
	end();
}

static void freed_in_its_own_callback(void)
{
	Cleat__V1__ImportRequest request = CLEAT__V1__IMPORT_REQUEST__INIT;

	begin();
	free_inside = true;
	UNIT_OK(call("Connect", 0), err);
	UNIT_OK(call("Delete", 0), err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 1);
	end();

	begin();
	free_inside = true;
	UNIT_OK(rpc_stream(client, "cleat.v1.Images", "Import", &request.base,
			   &cleat__v1__import_progress__descriptor, answered, NULL, &err),
		err);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 1);
	end();
}

static void waiting_for_one_answer(void)
{
	Containerd__Task__V2__ConnectRequest request = CONTAINERD__TASK__V2__CONNECT_REQUEST__INIT;
	ProtobufCMessage *reply = NULL;

	begin();
	UNIT_OK(rpc_call_wait(f.loop, client, TASK, "Connect", &request.base,
			      &containerd__task__v2__connect_response__descriptor, 0, &reply, &err),
		err);
	CU_ASSERT_EQUAL(((Containerd__Task__V2__ConnectResponse *)reply)->task_pid, 7);
	protobuf_c_message_free_unpacked(reply, NULL);
	UNIT_FAILS(rpc_call_wait(f.loop, client, "no.such", "Connect", &request.base,
				 &containerd__task__v2__connect_response__descriptor, 0, &reply,
				 &err),
		   ENOTSUP, err, "service no.such");
	end();
}

/* A server that answers nonsense. */
static void nonsense_is_an_error(void)
{
	int pair[2];

	begin();
	rpc_client_free(client);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	UNIT_OK(rpc_client_new(f.loop, pair[0], closed, NULL, &client, &err), err);
	UNIT_OK(call("Connect", 0), err);
	UNIT_OK(call("Connect", 0), err);
	raw_frame(pair[1], 3, 99, 2, 0, "abc", 3); /* nobody asked: dropped */
	raw_frame(pair[1], 3, 1, 2, 0, "\xff\xff\xff", 3);
	raw_frame(pair[1], 0, 3, 3, 5, NULL, 0);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(answers, 2);
	CU_ASSERT_EQUAL(last.errnum, EPROTO);
	(void)close(pair[1]);
	end();
}

UNIT_MAIN("rpc/client", UNIT_TEST(a_call_is_answered), UNIT_TEST(errors_arrive_as_errno_and_text),
	  UNIT_TEST(deadlines), UNIT_TEST(everybody_hears_of_the_end), UNIT_TEST(streams),
	  UNIT_TEST(freed_in_its_own_callback), UNIT_TEST(waiting_for_one_answer),
	  UNIT_TEST(nonsense_is_an_error))
