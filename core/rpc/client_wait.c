/* SPDX-License-Identifier: Apache-2.0 */
/* client_wait.c - a call that runs the loop until it has its answer. */
#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "message.h"
#include "rpc/ttrpc.h"

struct wait {
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage *reply;
	struct cleat_error err;
	bool over;
};

/* The answer is borrowed from the client: keep a copy. */
static void answered(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct wait *wait = arg;
	size_t len = 0;

	wait->over = true;
	wait->err = *err;
	if (!reply)
		return;
	_cleanup_free_ uint8_t *bytes = message_pack(reply, &len);

	if (bytes)
		wait->reply = protobuf_c_message_unpack(wait->type, NULL, len, bytes);
	if (!wait->reply)
		(void)cleat_fail(&wait->err, ENOMEM, "cannot keep an answer: out of memory");
}

int rpc_call_wait(struct loop *loop, struct rpc_client *client, const char *service,
		  const char *method, const ProtobufCMessage *request,
		  const ProtobufCMessageDescriptor *reply_type, uint64_t timeout_ns,
		  ProtobufCMessage **out_reply, struct cleat_error *err)
{
	struct wait wait = { .type = reply_type };
	int r = rpc_call(client, service, method, request, reply_type, timeout_ns, answered, &wait,
			 err);

	if (r < 0)
		return r;
	while (!wait.over)
		if (loop_step(loop, 3600 * NS_PER_S) < 0) /* a call without limit waits for ever */
			return cleat_fail(err, EIO, "cannot wait for %s", method);
	if (!wait.reply) {
		*err = wait.err;
		return -err->errnum;
	}
	*out_reply = wait.reply;
	return 0;
}
