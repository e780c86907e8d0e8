/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sig_proxy.c - signals that we get are the program's.
 *
 * Without --sig-proxy, and for a program of `exec` (which cleat.v1 cannot signal alone), a signal that
 * would end us does so, but after the terminal was put back.
 */
#include "cli/sig_proxy.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/loop.h"
#include "cli/connect.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

enum { INSISTS_MAX = 3 };

/* Not SIGCHLD, SIGPIPE, SIGURG, nor those that stop and continue us. */
static const int forwarded[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				 SIGUSR2, SIGALRM, SIGPWR,  SIGWINCH };

static void ignore_answer(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)arg, (void)reply, (void)err; /* it may have ended: then there is nothing to tell */
}

static void send_to_daemon(struct sig_proxy *proxy, const char *method,
			   const ProtobufCMessage *request)
{
	struct cleat_error ignored = { 0 };

	if (proxy->cli->client && !proxy->cli->lost)
		(void)rpc_call(proxy->cli->client, CONTAINERS->name, method, request,
			       reply_type(CONTAINERS, method), 0, ignore_answer, NULL, &ignored);
}

static void resize(struct sig_proxy *proxy)
{
	Cleat__V1__ResizeRequest request = CLEAT__V1__RESIZE_REQUEST__INIT;

	request.namespace_ = cli_namespace(proxy->cli);
	request.id = (char *)proxy->plan->id;
	request.exec_id = (char *)(proxy->plan->exec_id ? proxy->plan->exec_id : "");
	terminal_size(&request.rows, &request.columns);
	if (request.rows && request.columns)
		send_to_daemon(proxy, "Resize", &request.base);
}

static void forward(struct sig_proxy *proxy, int number)
{
	Cleat__V1__KillRequest request = CLEAT__V1__KILL_REQUEST__INIT;

	request.namespace_ = cli_namespace(proxy->cli);
	request.id = (char *)proxy->plan->id;
	request.signal = (uint32_t)number;
	send_to_daemon(proxy, "Kill", &request.base);
}

/* A program that is process 1 and has no handler ignores even SIGINT. Let the user out. */
static void count_insistence(struct sig_proxy *proxy, int number)
{
	if (number != SIGINT && number != SIGTERM)
		return;
	if (++proxy->insists < INSISTS_MAX)
		return;
	terminal_restore();
	(void)fprintf(stderr, "cleat: got %d signals to end; leaving, container %.12s goes on\n",
		      INSISTS_MAX, proxy->plan->id);
	proxy->leave = 128 + number;
}

static bool ends_us(int number)
{
	return number != SIGWINCH;
}

static void caught(void *arg)
{
	struct sig_watch *watch = arg;
	struct sig_proxy *proxy = watch->proxy;

	if (watch->number == SIGWINCH && proxy->plan->terminal) {
		if (proxy->started)
			resize(proxy);
		return;
	}
	if (!proxy->plan->sig_proxy) {
		if (ends_us(watch->number))
			proxy->leave = 128 + watch->number;
		return;
	}
	if (!proxy->started) {
		proxy->early |= 1ull << watch->number;
		return;
	}
	forward(proxy, watch->number);
	count_insistence(proxy, watch->number);
}

int sig_proxy_start(struct sig_proxy *proxy, struct cli *cli, const struct session_plan *plan)
{
	proxy->cli = cli;
	proxy->plan = plan;
	_Static_assert(ARRAY_SIZE(forwarded) <= SIG_PROXY_MAX, "room for each");
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		struct sig_watch *watch = &proxy->watches[i];
		struct sigaction now = { 0 };
		int r = 0;

		/* nohup(1) and shells' background jobs: what we were told to ignore stays ignored. */
		if (sigaction(forwarded[i], NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			continue;
		*watch = (struct sig_watch){ .proxy = proxy, .number = forwarded[i] };
		r = loop_watch_signal(cli->loop, watch->number, caught, watch, &watch->watch,
				      &cli->err);
		if (r < 0)
			return r;
	}
	return 0;
}

void sig_proxy_started(struct sig_proxy *proxy)
{
	proxy->started = true;
	for (int number = 1; number < 64; number++)
		if (proxy->early & (1ull << number))
			forward(proxy, number);
	/* The window may have changed while the program was being made. */
	if (proxy->plan->terminal)
		resize(proxy);
}

void sig_proxy_stop(struct sig_proxy *proxy)
{
	for (size_t i = 0; i < SIG_PROXY_MAX; i++) {
		loop_unwatch(proxy->watches[i].watch);
		proxy->watches[i].watch = NULL;
	}
}
