/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - the server: set up, wait, leave when there is nothing to look after. */
#include "actions.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "adopt.h"
#include "methods.h"
#include "publish.h"
#include "rpc/pb/shim.pb-c.h"
#include "rpc/pb/task.pb-c.h"

enum { CLIENTS_MAX = 256, IDLE_S = 30, OVER_S = 5, REST_MS = 300, FLUSH_S = 3 };

/* A few hundred kilobytes in all: give memory back early, and do not hoard. */
static void keep_small(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, 32 << 10);
	(void)mallopt(M_TOP_PAD, 0);
	(void)mallopt(M_MMAP_THRESHOLD, 8 << 10);
}

/* ---- leaving --------------------------------------------------------------------------------- */

static void answers_are_out(void *arg)
{
	struct shim *shim = arg;

	loop_stop(shim->loop);
}

static void events_are_out(void *arg)
{
	struct shim *shim = arg;

	rpc_server_drain(shim->server, NS_PER_S, answers_are_out, shim);
}

void shim_leave(struct shim *shim)
{
	if (shim->leaving)
		return;
	shim->leaving = true;
	(void)unlink(shim->socket);
	publisher_flush(shim->publisher, FLUSH_S * NS_PER_S, events_are_out, shim);
}

/* Is every container of ours over, and its bundle gone, so that nobody can ask for it? */
static bool is_forgotten(const struct shim *shim)
{
	struct stat st;

	for (const struct task *task = shim->tasks; task; task = task->next)
		if (task->init.state != PROCESS_STOPPED || fstat(task->bundle_fd, &st) < 0 ||
		    st.st_nlink > 0)
			return false;
	return true;
}

static void idle_for_long(void *arg)
{
	struct shim *shim = arg;

	loop_unwatchp(&shim->idle);
	if (is_forgotten(shim))
		shim_leave(shim);
}

static bool has_live_task(const struct shim *shim)
{
	for (const struct task *task = shim->tasks; task; task = task->next)
		if (task->init.state != PROCESS_STOPPED)
			return true;
	return false;
}

/*
 * Nothing lives here and nobody is connected, or there is no task at all: perhaps the daemon died between
 * two calls. One that came back after a Delete that it never heard of would keep a shim without a task for
 * ever; when we go it cleans up. Shutdown follows the last Delete at once, and Create the connection, so
 * where that is over little patience is needed. One look later, then it is the daemon's to ask.
 */
void shim_settle(void *arg)
{
	struct shim *shim = arg;
	struct cleat_error err = { 0 };
	unsigned clients = rpc_server_clients(shim->server);

	shim->over |= shim->met && clients == 0 && !shim->tasks;
	shim->met |= clients > 0;
	uint64_t patience = (shim->over && !shim->tasks ? OVER_S : IDLE_S) * NS_PER_S;

	loop_unwatchp(&shim->idle);
	if (shim->leaving || has_live_task(shim) || (shim->tasks && clients > 0))
		return;
	(void)loop_watch_timer(shim->loop, patience, idle_for_long, shim, &shim->idle, &err);
}

/* ---- resting --------------------------------------------------------------------------------- */

static void rest(void *arg)
{
	struct shim *shim = arg;

	loop_unwatchp(&shim->rest);
	memory_settle();
}

/* When the answers and events are out too, and from a shallow stack. */
void shim_rest(struct shim *shim)
{
	struct cleat_error err = { 0 };

	if (!shim->rest)
		(void)loop_watch_timer(shim->loop, REST_MS * NS_PER_MS, rest, shim, &shim->rest,
				       &err);
}

/* A stray SIGTERM must not take away the parent of a container. */
static void asked_to_end(void *arg)
{
	struct shim *shim = arg;

	if (shim->tasks)
		log_line(CLEAT_WARN, "asked to end, but a container is here: staying");
	else
		shim_leave(shim);
}

/* ---- setting up ------------------------------------------------------------------------------ */

static int watch_signals(struct shim *shim, struct cleat_error *err)
{
	int r = loop_watch_signal(shim->loop, SIGCHLD, reap_children, shim, &shim->child_ended,
				  err);

	if (r == 0)
		r = loop_watch_signal(shim->loop, SIGTERM, asked_to_end, shim, &shim->term, err);
	if (r == 0)
		r = loop_watch_signal(shim->loop, SIGINT, asked_to_end, shim, &shim->interrupt,
				      err);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	return r;
}

static int open_plugins(struct shim *shim, struct cleat_error *err)
{
	int r = config_open(NULL, &shim->config, err);

	if (r < 0)
		return r;
	log_init("cleat-shim",
		 shim->flags->debug ? CLEAT_DEBUG : (int)shim->config->cleat.log_level,
		 shim->config->cleat.log_format == 1, STDERR_FILENO);
	_cleanup_free_ char *records = text_format("%s/plugins", shim->config->cleat.root);

	if (!records)
		return cleat_fail(err, ENOMEM, "cannot start a shim: out of memory");
	const struct registry_env env = { .loop = shim->loop,
					  .records_root = records,
					  .types = PLUGIN_RUNTIME | PLUGIN_IO,
					  .keep_going = true };

	return registry_open(shim->config, &env, &shim->registry, err);
}

/* Where events go: cleatd and containerd since 1.3 say so; else it is beside containerd's socket. */
static int open_publisher(struct shim *shim, struct cleat_error *err)
{
	const char *address = getenv("TTRPC_ADDRESS");
	_cleanup_free_ char *beside =
		*shim->flags->address ? text_format("%s.ttrpc", shim->flags->address) : NULL;
	int r = publisher_new(shim->loop, address ? address : beside, shim->flags->namespace_,
			      &shim->publisher, err);

	if (r == 0)
		publisher_on_failure(shim->publisher, revive_daemon, shim);
	return r;
}

static int open_server(struct shim *shim, int listen_fd, struct cleat_error *err)
{
	const ProtobufCServiceDescriptor *service = &containerd__task__v2__task__descriptor;
	int r = rpc_server_new(shim->loop, listen_fd, geteuid(), CLIENTS_MAX, &shim->server, err);

	if (r == 0)
		r = rpc_server_add(shim->server, NULL, service, shim_methods, shim, err);
	if (r == 0)
		r = rpc_server_add(shim->server, "containerd.task.v3.Task", service, shim_methods,
				   shim, err);
	if (r == 0)
		r = rpc_server_add(shim->server, NULL, &cleat__shim__v1__shim__descriptor,
				   shim_own_methods, shim, err);
	if (r == 0)
		rpc_server_on_change(shim->server, shim_settle, shim);
	return r;
}

static int set_up(struct shim *shim, int listen_fd, struct cleat_error *err)
{
	shim->engine = access("cleat.json", F_OK) == 0;
	int r = loop_new(&shim->loop, err);

	if (r == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		r = cleat_fail(err, errno, "cannot become a subreaper: %m");
	if (r == 0)
		r = watch_signals(shim, err);
	if (r == 0)
		r = open_plugins(shim, err);
	if (r == 0)
		r = open_publisher(shim, err);
	if (r == 0)
		r = open_server(shim, listen_fd, err);
	if (r == 0 && strcmp(shim->flags->action, "adopt") == 0)
		r = adopt(shim, err);
	if (r == 0)
		shim_settle(shim);
	return r;
}

int serve(const struct flags *flags, int listen_fd, int ready_fd, int console, const char *path)
{
	struct shim shim = { .flags = flags,
			     .socket = (char *)(uintptr_t)path,
			     .console = console };
	struct cleat_error err = { 0 };

	keep_small();
	int r = set_up(&shim, listen_fd, &err);

	if (r == 0) /* what was survived on the way (a plugin that we do not need) is no failure */
		err = (struct cleat_error){ 0 };

	(void)!write(ready_fd, &err, sizeof(err)); /* 512 bytes: in one piece, or nobody is there */
	(void)close(ready_fd);
	if (r < 0)
		return 1;
	shim_rest(&shim);
	r = loop_run(shim.loop);
	registry_close(shim.registry);
	return r < 0;
}
