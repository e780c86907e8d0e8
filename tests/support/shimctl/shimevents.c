/* SPDX-License-Identifier: Apache-2.0 */
/* shimevents.c - take a shim's events: shimevents SOCKET; prints "NAMESPACE TOPIC TYPE", one a line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/loop.h"
#include "rpc/pb/events_ttrpc.pb-c.h"
#include "rpc/ttrpc.h"

typedef Containerd__Services__Events__Ttrpc__V1__ForwardRequest forward_message;

static void forward(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const forward_message *in = (const forward_message *)request;

	(void)arg;
	(void)printf("%s %s %s\n", in->envelope->namespace_, in->envelope->topic,
		     in->envelope->event->type_url);
	(void)fflush(stdout);
	rpc_reply(call, NULL);
}

static const struct rpc_method methods[] = { { "Forward", forward }, { 0 } };

int main(int argc, char **argv)
{
	const ProtobufCServiceDescriptor *service =
		&containerd__services__events__ttrpc__v1__events__descriptor;
	struct cleat_error err = { 0 };
	struct rpc_server *server = NULL;
	struct loop *loop = NULL;
	int fd = argc == 2 ? fd_unix_listen(argv[1], 0600, 8) : -1;

	if (fd < 0 || loop_new(&loop, &err) < 0 ||
	    rpc_server_new(loop, fd, geteuid(), 8, &server, &err) < 0 ||
	    rpc_server_add(server, NULL, service, methods, NULL, &err) < 0)
		return 1;
	return loop_run(loop) < 0;
}
