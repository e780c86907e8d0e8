/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - a server on a socket with a few methods of the task service, and a raw peer. */
#ifndef TESTS_UNIT_RPC_FIXTURE_H
#define TESTS_UNIT_RPC_FIXTURE_H

#include "support/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/pb/task.pb-c.h"
#include "rpc/pb/ttrpc.pb-c.h"
#include "rpc/ttrpc.h"

#define TASK "containerd.task.v2.Task"

/*
 * The server: Connect answers task_pid 7, Start with pid 1 only when released by Kill, Delete fails
 * with ENOENT, Pids answers @big entries, Import streams three messages.
 */
struct fixture {
	struct loop *loop;
	struct rpc_server *server;
	struct rpc_call *waiting;
	char path[64];
	size_t big;
	unsigned gone;
	struct rpc_call *stream;
};

void fixture_open(struct fixture *f, uint32_t uid, unsigned max_clients);
void fixture_close(struct fixture *f);
/** A connected socket. */
int fixture_dial(const struct fixture *f);
/** Run the loop for a moment. */
void fixture_turn(struct fixture *f);

/** Send a frame with a request; a raw header only when @data is NULL. */
void raw_frame(int fd, uint32_t length, uint32_t stream, uint8_t type, uint8_t flags,
	       const void *data, size_t n);
void raw_request(int fd, uint32_t stream, uint8_t flags, const char *service, const char *method,
		 const void *payload, size_t n);
/** Let the server work until a frame has come; its data is in @data (room 4096). Returns its type, or 0. */
int raw_answer(struct fixture *f, int fd, uint32_t *stream, uint8_t *flags, Ttrpc__Response **out);

#endif
