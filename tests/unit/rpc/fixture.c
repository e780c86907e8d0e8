/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.c - a server on a socket with a few methods of the task service, and a raw peer. */
#include "fixture.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

static void do_connect(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	Containerd__Task__V2__ConnectResponse answer = CONTAINERD__TASK__V2__CONNECT_RESPONSE__INIT;

	(void)arg;
	(void)request;
	answer.task_pid = 7;
	rpc_reply(call, &answer.base);
}

static void client_gone(void *arg)
{
	struct fixture *f = arg;

	f->gone++;
}

static void do_start(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct fixture *f = arg;

	(void)request;
	f->waiting = call;
	rpc_call_on_close(call, client_gone, f);
}

static void do_kill(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct fixture *f = arg;
	Containerd__Task__V2__StartResponse answer = CONTAINERD__TASK__V2__START_RESPONSE__INIT;

	(void)request;
	answer.pid = 1;
	if (f->waiting)
		rpc_reply(f->waiting, &answer.base);
	f->waiting = NULL;
	rpc_reply(call, NULL);
}

static void do_delete(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct cleat_error err = { 0 };

	(void)arg;
	(void)request;
	(void)cleat_fail(&err, ENOENT, "process does not exist x: not found");
	rpc_fail(call, &err);
}

static void do_pids(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	struct fixture *f = arg;
	Containerd__Task__V2__PidsResponse answer = CONTAINERD__TASK__V2__PIDS_RESPONSE__INIT;
	Containerd__Types__ProcessInfo one = CONTAINERD__TYPES__PROCESS_INFO__INIT;

	(void)request;
	one.pid = 0x0fffffff;
	answer.n_processes = f->big;
	answer.processes = calloc(f->big + 1, sizeof(Containerd__Types__ProcessInfo *));
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer.processes);
	for (size_t i = 0; i < f->big; i++)
		answer.processes[i] = &one;
	rpc_reply(call, &answer.base);
	free(answer.processes);
}

static void do_import(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__ImportRequest *in = (const Cleat__V1__ImportRequest *)request;
	Cleat__V1__ImportProgress progress = CLEAT__V1__IMPORT_PROGRESS__INIT;
	struct cleat_error err = { 0 };

	(void)arg;
	for (uint64_t i = 1; i <= 3; i++) {
		progress.bytes = i;
		CU_ASSERT_EQUAL(rpc_send(call, &progress.base), 0);
	}
	if (strcmp(in->path, "bad") == 0) {
		(void)cleat_fail(&err, ENOSPC, "no room");
		rpc_fail(call, &err);
	} else {
		rpc_reply(call, NULL);
	}
}

static const struct rpc_method methods[] = {
	{ "Connect", do_connect }, { "Start", do_start }, { "Kill", do_kill },
	{ "Delete", do_delete },   { "Pids", do_pids },   { 0 },
};
static const struct rpc_method image_methods[] = { { "Import", do_import }, { 0 } };

void fixture_open(struct fixture *f, uint32_t uid, unsigned max_clients)
{
	struct cleat_error err = { 0 };

	*f = (struct fixture){ 0 };
	(void)snprintf(f->path, sizeof(f->path), "/tmp/cleat-rpc-%d.sock", getpid());
	(void)unlink(f->path);
	UNIT_OK(loop_new(&f->loop, &err), err);
	int fd = fd_unix_listen(f->path, 0600, 16);

	CU_ASSERT_FATAL(fd >= 0);
	UNIT_OK(rpc_server_new(f->loop, fd, uid, max_clients, &f->server, &err), err);
	UNIT_OK(rpc_server_add(f->server, NULL, &containerd__task__v2__task__descriptor, methods, f,
			       &err),
		err);
	UNIT_OK(rpc_server_add(f->server, "containerd.task.v3.Task",
			       &containerd__task__v2__task__descriptor, methods, f, &err),
		err);
	UNIT_OK(rpc_server_add(f->server, NULL, &cleat__v1__images__descriptor, image_methods, f,
			       &err),
		err);
}

void fixture_close(struct fixture *f)
{
	rpc_server_free(f->server);
	loop_free(f->loop);
	(void)unlink(f->path);
}

int fixture_dial(const struct fixture *f)
{
	int fd = fd_unix_connect(f->path);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

void fixture_turn(struct fixture *f)
{
	for (int i = 0; i < 8; i++)
		(void)loop_step(f->loop, NS_PER_MS);
}

static void put_u32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(n >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void raw_frame(int fd, uint32_t length, uint32_t stream, uint8_t type, uint8_t flags,
	       const void *data, size_t n)
{
	uint8_t header[10];

	put_u32(header, length);
	put_u32(header + 4, stream);
	header[8] = type;
	header[9] = flags;
	CU_ASSERT_EQUAL_FATAL(fd_write_all(fd, header, sizeof(header)), 0);
	if (n)
		CU_ASSERT_EQUAL_FATAL(fd_write_all(fd, data, n), 0);
}

void raw_request(int fd, uint32_t stream, uint8_t flags, const char *service, const char *method,
		 const void *payload, size_t n)
{
	Ttrpc__Request request = TTRPC__REQUEST__INIT;

	request.service = (char *)(uintptr_t)service;
	request.method = (char *)(uintptr_t)method;
	request.payload.data = (uint8_t *)(uintptr_t)payload;
	request.payload.len = n;
	size_t len = ttrpc__request__get_packed_size(&request);
	uint8_t *bytes = malloc(len + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	(void)ttrpc__request__pack(&request, bytes);
	raw_frame(fd, (uint32_t)len, stream, 1, flags, bytes, len);
	free(bytes);
}

static int read_exactly(struct fixture *f, int fd, uint8_t *into, size_t n)
{
	size_t got = 0;

	for (int turn = 0; got < n && turn < 200; turn++) {
		ssize_t r = recv(fd, into + got, n - got, MSG_DONTWAIT);

		if (r == 0)
			return -1;
		if (r > 0)
			got += (size_t)r;
		else
			(void)loop_step(f->loop, NS_PER_MS);
	}
	return got == n ? 0 : -1;
}

int raw_answer(struct fixture *f, int fd, uint32_t *stream, uint8_t *flags, Ttrpc__Response **out)
{
	uint8_t header[10], data[4096];

	*out = NULL;
	if (read_exactly(f, fd, header, sizeof(header)) < 0)
		return 0;
	uint32_t len = get_u32(header);

	*stream = get_u32(header + 4);
	*flags = header[9];
	CU_ASSERT_FATAL(len <= sizeof(data));
	if (read_exactly(f, fd, data, len) < 0)
		return 0;
	*out = ttrpc__response__unpack(NULL, len, data);
	return header[8];
}
