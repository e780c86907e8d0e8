/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attach.c - Attach (cleat.shim.v1): one more client of a program's streams.
 *
 * A descriptor cannot travel through the daemon. So there is a socket for this one client: it sends a
 * letter for each stream with its end of a pipe ('i', 'o', 'e'), then '!', and hears '+' or '-' and why
 * not. The connection stays open: when it ends the client has gone.
 */
#include "adopt.h"
#include "methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/text.h"
#include "rpc/pb/shim.pb-c.h"

enum { PATIENCE_S = 10, AT_ONCE = 64 };

struct attaching {
	struct attaching *next;
	struct task *task;
	char *socket; /* below the bundle */
	int fd;       /* listens, then is the client's */
	int ends[3];
	bool connected;
	struct cleat_watch *watch, *limit;
};

static void give_up(struct attaching *a)
{
	loop_unwatch(a->watch);
	loop_unwatch(a->limit);
	if (a->socket)
		(void)unlinkat(a->task->bundle_fd, a->socket, 0);
	cleat_closep(&a->fd);
	for (size_t i = 0; i < ARRAY_SIZE(a->ends); i++)
		cleat_closep(&a->ends[i]);
	free(a->socket);
	free(a);
}

static void end(struct attaching *a)
{
	struct attaching **at = &a->task->attaching;

	while (*at && *at != a)
		at = &(*at)->next;
	if (*at)
		*at = a->next;
	give_up(a);
}

void attach_end_all(struct task *task)
{
	while (task->attaching)
		end(task->attaching);
}

static void too_late(void *arg)
{
	end(arg);
}

/* ---- the ends ---------------------------------------------------------------------------------------- */
static int attach(struct attaching *a, struct cleat_error *err)
{
	struct cleat_io_client client = {
		.in = a->ends[0], .out = a->ends[1], .err = a->ends[2], .life = a->fd
	};

	if (!a->task->init.stream)
		return cleat_fail(err, ESRCH, "the program has ended");
	adopt_console(a->task);
	return use_io_attach(a->task->init.stream, &client, err);
}

static void answer(struct attaching *a)
{
	struct cleat_error err = { 0 };
	int r = attach(a, &err);
	/* Said after it is true: the program's next word is the client's. */
	_cleanup_free_ char *text = r < 0 ? text_format("-%s", err.text) : strdup("+");

	if (text)
		(void)send(a->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (r == 0)
		a->fd = a->ends[0] = a->ends[1] = a->ends[2] = -1;
	end(a);
}

static void take_end(void *arg, uint32_t events)
{
	static const char letters[] = "ioe";
	struct attaching *a = arg;
	char letter = 0;
	int fd = -1;
	int n = fd_receive(a->fd, &fd, &letter, 1);
	const char *which = n == 1 ? strchr(letters, letter) : NULL;

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n == 1 && letter == '!' && fd < 0) {
		loop_unwatchp(&a->watch);
		answer(a);
	} else if (which && *which && fd >= 0 && a->ends[which - letters] < 0) {
		a->ends[which - letters] = fd;
	} else {
		cleat_closep(&fd);
		end(a);
	}
}

static void connected(void *arg, uint32_t events)
{
	struct attaching *a = arg;
	struct cleat_error err = { 0 };
	int fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	loop_unwatchp(&a->watch);
	(void)unlinkat(a->task->bundle_fd, a->socket, 0);
	(void)close(a->fd);
	a->fd = fd;
	if (loop_watch_fd(a->task->shim->loop, fd, EPOLLIN, take_end, a, &a->watch, &err) < 0)
		end(a);
}

/* ---- the call ---------------------------------------------------------------------------------------- */
static int wait_for_client(struct attaching *a, struct cleat_error *err)
{
	struct loop *loop = a->task->shim->loop;
	char name[17];

	if (text_random_hex(name, 8) < 0 || !(a->socket = text_format("io/attach-%s", name)))
		return cleat_fail(err, ENOMEM, "cannot make a socket: out of memory");
	_cleanup_free_ char *path = text_format("%s/%s", a->task->bundle, a->socket);

	a->fd = path ? fd_unix_listen(path, 0600, 1) : -ENOMEM;
	if (a->fd < 0)
		return cleat_fail(err, -a->fd, "cannot make a socket for a client: %s",
				  strerror(-a->fd));
	int r = loop_watch_fd(loop, a->fd, EPOLLIN, connected, a, &a->watch, err);

	return r < 0 ? r
		     : loop_watch_timer(loop, PATIENCE_S * NS_PER_S, too_late, a, &a->limit, err);
}

static int check(const struct task *task, struct cleat_error *err)
{
	unsigned n = 0;

	for (const struct attaching *a = task->attaching; a; a = a->next)
		n++;
	if (!task->init.stream || task->init.state == PROCESS_STOPPED)
		return cleat_fail(err, EBUSY, "the program has ended");
	if (n >= AT_ONCE)
		return cleat_fail(err, EAGAIN, "too many clients attach at once");
	return 0;
}

void method_attach(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	Cleat__Shim__V1__AttachResponse reply = CLEAT__SHIM__V1__ATTACH_RESPONSE__INIT;
	const Cleat__Shim__V1__AttachRequest *in = (const void *)request;
	struct task *task = task_wanted(arg, call, in->id);
	struct attaching *a = task ? calloc(1, sizeof(*a)) : NULL;
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (!a) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	*a = (struct attaching){ .task = task, .fd = -1, .ends = { -1, -1, -1 } };
	if (check(task, &err) < 0 || wait_for_client(a, &err) < 0) {
		rpc_fail(call, &err);
		give_up(a);
		return;
	}
	a->next = task->attaching;
	task->attaching = a;
	reply.socket = a->socket;
	reply.terminal = task->init.terminal;
	reply.input = *task->init.in != '\0';
	rpc_reply(call, &reply.base);
}

const struct rpc_method shim_own_methods[] = { { "Attach", method_attach }, { 0 } };
