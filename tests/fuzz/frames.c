/* SPDX-License-Identifier: Apache-2.0 */
/* frames.c - ttrpc frames from a peer that says what it likes: to a server, to a client; and messages. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "rpc/message.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/pb/task.pb-c.h"
#include "rpc/ttrpc.h"

static struct loop *loop;
static struct rpc_server *server;
static struct rpc_call *late;
static const char path[] = "./fuzz.sock";

static void answer(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	(void)arg;
	(void)request;
	rpc_reply(call, NULL);
}

static void refuse(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	(void)arg;
	(void)request;
	rpc_fail_code(call, RPC_NOT_FOUND, "x: not found");
}

/* The answer comes with the next request, or when the peer has gone. */
static void answer_late(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	(void)arg;
	(void)request;
	if (late)
		rpc_reply(late, NULL);
	late = call;
}

static const struct rpc_method methods[] = {
	{ "Connect", answer },
	{ "State", refuse },
	{ "Wait", answer_late },
	{ "Create", answer },
	{ "Exec", answer },
	{ "Update", refuse },
	{ 0 },
};

static void turn(void)
{
	for (int i = 0; i < 4; i++)
		(void)loop_step(loop, 0);
}

static void to_server(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = fd_unix_connect(path);

	if (fd < 0)
		return;
	turn();
	(void)send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 50 && (i < 3 || rpc_server_clients(server) > 0); i++)
		turn();
	if (late)
		rpc_reply(late, NULL);
	late = NULL;
	cleat_closep(&fd);
	for (int i = 0; i < 50 && rpc_server_clients(server) > 0; i++)
		turn();
	fuzz_check(rpc_server_clients(server) == 0, "a peer that is gone is forgotten", "");
}

static void done(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	unsigned *answers = arg;

	(*answers)++;
	if (!reply && err->errnum)
		(void)fuzz_ok(-err->errnum, err);
}

static void to_client(const uint8_t *data, size_t size)
{
	struct rpc_client *client = NULL;
	struct cleat_error err = { 0 };
	Containerd__Task__V2__StateRequest request = CONTAINERD__TASK__V2__STATE_REQUEST__INIT;
	unsigned answers[2] = { 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0 ||
	    rpc_client_new(loop, pair[0], NULL, NULL, &client, &err) < 0)
		abort();
	(void)rpc_call(client, "containerd.task.v2.Task", "State", &request.base,
		       &containerd__task__v2__state_response__descriptor, 0, done, &answers[0],
		       &err);
	(void)rpc_stream(client, "containerd.task.v2.Task", "Pids", &request.base,
			 &containerd__task__v2__pids_response__descriptor, done, &answers[1], &err);
	turn();
	(void)send(pair[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(pair[1]);
	for (int i = 0; i < 50 && answers[0] == 0; i++)
		turn();
	fuzz_check(answers[0] == 1, "a call ends once", "");
	rpc_client_free(client);
	turn();
}

static void message(const uint8_t *data, size_t size)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&containerd__task__v2__create_task_request__descriptor,
		&cleat__v1__create_request__descriptor,
		&containerd__task__v2__state_response__descriptor,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		ProtobufCMessage *m = message_unpack(types[i], data, size);

		if (m)
			protobuf_c_message_free_unpacked(m, NULL);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct cleat_error err = { 0 };

	(void)argc;
	(void)argv;
	(void)unlink(path);
	int fd = fd_unix_listen(path, 0600, 16);

	if (fd < 0 || loop_new(&loop, &err) < 0 ||
	    rpc_server_new(loop, fd, getuid(), 4, &server, &err) < 0 ||
	    rpc_server_add(server, NULL, &containerd__task__v2__task__descriptor, methods, NULL,
			   &err) < 0)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 's')
		to_server(data + 1, size - 1);
	else if (data[0] == 'c')
		to_client(data + 1, size - 1);
	else
		message(data + 1, size - 1);
	return 0;
}
