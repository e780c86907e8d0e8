/* SPDX-License-Identifier: Apache-2.0 */
/* shim_client.c - one connection per container, as containerd does it. */
#include "task/shim_client.h"

#include "base/fd.h"
#include "base/text.h"
#include "rpc/pb/shim.pb-c.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cleat/cleanup.h>

struct shim {
	struct rpc_client *client;
	uint64_t timeout_ns;
	const char *service;
	void (*closed)(void *arg);
	void *arg;
};

/* A name without "://" is an abstract socket (containerd's AnonDialer). */
static int connect_abstract(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if (len + 1 > sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path + 1, name, len);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)
		return -errno;
	return take_fd(&fd);
}

static int dial(const char *address)
{
	if (text_starts(address, "unix://"))
		return fd_unix_connect(address + strlen("unix://"));
	if (strstr(address, "://"))
		return -EPROTONOSUPPORT;
	return address[0] == '/' ? fd_unix_connect(address) : connect_abstract(address);
}

static void on_closed(void *arg)
{
	struct shim *shim = arg;

	if (shim->closed)
		shim->closed(shim->arg);
}

int shim_connect(struct loop *loop, const struct shim_address *address, const char *ns,
		 uint64_t timeout_ns, void (*closed)(void *arg), void *arg, struct shim **out,
		 struct cleat_error *err)
{
	int fd = dial(address->address);

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot connect to the shim at '%s': %m",
				  address->address);
	struct shim *shim = calloc(1, sizeof(*shim));

	if (!shim) {
		(void)close(fd);
		return cleat_fail(err, ENOMEM, "cannot connect to a shim: %m");
	}
	shim->timeout_ns = timeout_ns;
	shim->closed = closed;
	shim->arg = arg;
	shim->service =
		address->version >= 3 ? "containerd.task.v3.Task" : "containerd.task.v2.Task";
	int r = rpc_client_new(loop, fd, on_closed, shim, &shim->client, err);

	if (r < 0) {
		free(shim);
		return r;
	}
	rpc_client_namespace(shim->client, ns);
	*out = shim;
	return 0;
}

void shim_belongs_to(struct shim *shim, const char *whose)
{
	rpc_client_peer(shim->client, whose);
}

int shim_call_limit(struct shim *shim, const char *method, const ProtobufCMessage *request,
		    const ProtobufCMessageDescriptor *reply_type, uint64_t timeout_ns,
		    rpc_done done, void *arg, struct cleat_error *err)
{
	if (!shim)
		return cleat_fail(err, ENOTCONN, "cannot %s: the container has no shim", method);
	return rpc_call(shim->client, shim->service, method, request, reply_type, timeout_ns, done,
			arg, err);
}

int shim_call(struct shim *shim, const char *method, const ProtobufCMessage *request,
	      const ProtobufCMessageDescriptor *reply_type, rpc_done done, void *arg,
	      struct cleat_error *err)
{
	return shim_call_limit(shim, method, request, reply_type, shim ? shim->timeout_ns : 1, done,
			       arg, err);
}

int shim_call_own(struct shim *shim, const char *method, const ProtobufCMessage *request,
		  const ProtobufCMessageDescriptor *reply_type, rpc_done done, void *arg,
		  struct cleat_error *err)
{
	if (!shim)
		return cleat_fail(err, ENOTCONN, "cannot %s: the container has no shim", method);
	return rpc_call(shim->client, cleat__shim__v1__shim__descriptor.name, method, request,
			reply_type, shim->timeout_ns, done, arg, err);
}

void shim_close(struct shim *shim)
{
	if (!shim)
		return;
	rpc_client_free(shim->client);
	free(shim);
}
