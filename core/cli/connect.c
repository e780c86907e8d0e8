/* SPDX-License-Identifier: Apache-2.0 */
/* connect.c - the way to cleatd, and calls on it. */
#include "cli/connect.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/loop.h"
#include "cli/autostart.h"
#include "config/config.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

enum { LEAVING_MAX = 3 };
#define ANSWER_NS (10 * NS_PER_S) /* a daemon that lives answers "which version" at once */

int open_config(struct cli *cli)
{
	return cli->config ? 0 : config_open(cli_config_file(cli), &cli->config, &cli->err);
}

/* One sentence for somebody who may not do this at all. */
static int not_root(struct cli *cli, const char *socket)
{
	return cleat_fail(&cli->err, EPERM,
			  "cannot use cleatd at '%s': only root may; run cleat as root", socket);
}

/* Its answers lead to sockets and fifos that we open as root. */
static int check_server(struct cli *cli, int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == 0 || peer.uid == geteuid()))
		return 0;
	return cleat_fail(&cli->err, EPERM, "cannot trust '%s': user %u listens there, not root",
			  cli->config->cleat.socket, peer.uid);
}

/* A connected socket, or a negative errno. */
static int reach(struct cli *cli)
{
	const char *socket = cli->config->cleat.socket;
	int fd = fd_unix_connect(socket);

	if (fd >= 0)
		return fd;
	if (geteuid() != 0)
		return not_root(cli, socket);
	if (fd != -ENOENT && fd != -ECONNREFUSED)
		return cleat_fail(&cli->err, -fd, "cannot connect to '%s': %m", socket);
	if (words_on(&cli->words, "no-start"))
		return cleat_fail(&cli->err, -fd, "cleatd is not running at '%s'", socket);
	return autostart(cli, cli->config);
}

static void closed(void *arg)
{
	struct cli *cli = arg;

	cli->lost = true;
}

const ProtobufCMessageDescriptor *reply_type(const ProtobufCServiceDescriptor *service,
					     const char *method)
{
	const ProtobufCMethodDescriptor *m =
		protobuf_c_service_descriptor_get_method_by_name(service, method);

	assert(m && "a method that cleat.proto does not have");
	return m->output;
}

static int call(struct cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
		const ProtobufCMessage *request, uint64_t timeout_ns, void *out_reply)
{
	ProtobufCMessage *reply = NULL;
	int r = rpc_call_wait(cli->loop, cli->client, service->name, method, request,
			      reply_type(service, method), timeout_ns, &reply, &cli->err);

	/* A write may notice before the loop does. */
	cli->lost = cli->lost || r == -ECONNRESET;
	if (r < 0)
		return r;
	arena_append(&cli->arena, &cli->replies, &cli->nreplies, reply);
	if (out_reply)
		memcpy(out_reply, &reply, sizeof(reply)); /* whatever message it is */
	return 0;
}

static const char *or_default(const char *config)
{
	return config && *config ? config : "the default files";
}

/* Both on one socket with different settings would confuse everybody. */
static int check_version(struct cli *cli)
{
	Cleat__V1__Empty request = CLEAT__V1__EMPTY__INIT;
	Cleat__V1__VersionResponse *reply = NULL;
	const char *mine = cli->config->file;
	_cleanup_free_ char *full = mine ? realpath(mine, NULL) : NULL;
	int r = call(cli, &cleat__v1__system__descriptor, "Version", &request.base, ANSWER_NS,
		     &reply);

	if (r < 0)
		return cleat_wrap(&cli->err, "cleatd at '%s' does not answer",
				  cli->config->cleat.socket);
	cli->daemon_version = reply->version;
	cli->daemon_pid = reply->pid;
	_cleanup_free_ char *theirs = realpath(reply->config, NULL);

	if (text_eq(mine ? mine : "", reply->config) || (full && theirs && text_eq(full, theirs)))
		return 0;
	return cleat_fail(
		&cli->err, EBUSY,
		"cleatd (pid %u) runs with %s, but this cleat was given %s; use the same, or end it",
		reply->pid, or_default(reply->config), or_default(mine));
}

static int connect_once(struct cli *cli)
{
	int fd = -1;
	int r = 0;

	rpc_client_free(cli->client);
	cli->client = NULL;
	r = open_config(cli);
	if (r == 0 && !cli->loop)
		r = loop_new(&cli->loop, &cli->err);
	if (r < 0)
		return r;
	fd = reach(cli);
	if (fd < 0)
		return fd;
	if (check_server(cli, fd) < 0) {
		(void)close(fd);
		return -cli->err.errnum;
	}
	cli->lost = false;
	r = rpc_client_new(cli->loop, fd, closed, cli, &cli->client, &cli->err);
	return r < 0 ? r : check_version(cli);
}

int connect_daemon(struct cli *cli)
{
	int r = 0;

	if (cli->client && !cli->lost)
		return 0;
	r = connect_once(cli);
	/* One that was just leaving took us in: its successor will not. */
	for (int again = 0; again < LEAVING_MAX && r < 0 && cli->client && cli->lost; again++)
		r = connect_once(cli);
	return r;
}

/* Questions may be asked twice; what changes something may not. */
static bool is_question(const char *method)
{
	static const char *const questions[] = { "List", "Inspect", "Info",  "Version",
						 "Top",  "Wait",    "Stats", NULL };

	for (size_t i = 0; questions[i]; i++)
		if (text_eq(questions[i], method))
			return true;
	return false;
}

int daemon_call(struct cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
		const ProtobufCMessage *request, void *out_reply)
{
	int r = connect_daemon(cli);

	if (r < 0)
		return r;
	r = call(cli, service, method, request, 0, out_reply);
	if (r >= 0 || !cli->lost || !is_question(method))
		return r;
	r = connect_daemon(cli);
	return r < 0 ? r : call(cli, service, method, request, 0, out_reply);
}

void disconnect(struct cli *cli)
{
	for (size_t i = 0; i < cli->nreplies; i++)
		protobuf_c_message_free_unpacked(cli->replies[i], NULL);
	cli->nreplies = 0;
	rpc_client_free(cli->client);
	cli->client = NULL;
	loop_free(cli->loop);
	cli->loop = NULL;
	config_free(cli->config);
	cli->config = NULL;
}
