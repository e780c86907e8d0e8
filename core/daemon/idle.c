/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle.c - leave when there is nothing to do: no running container, pending restart, job or client.
 *
 * The connection of a shim that forwards an event counts as a client and keeps us for that moment.
 */
#include "daemon/daemon.h"

#include "base/log.h"
#include "base/loop.h"

static bool is_idle(const struct daemon *daemon)
{
	return !tasks_busy(daemon->tasks) && rpc_server_clients(daemon->server) == 0;
}

static void time_is_up(void *arg)
{
	struct daemon *daemon = arg;

	loop_unwatchp(&daemon->idle_timer);
	if (!is_idle(daemon))
		return;
	log_line(CLEAT_INFO, "nothing to do, leaving");
	daemon_leave(daemon);
}

static void changed(void *arg)
{
	struct daemon *daemon = arg;
	struct cleat_error err = { 0 };

	loop_unwatchp(&daemon->idle_timer);
	if (daemon->leaving || !is_idle(daemon))
		return;
	if (loop_watch_timer(daemon->loop, daemon->config->cleat.idle_exit_ns, time_is_up, daemon,
			     &daemon->idle_timer, &err) < 0)
		log_line(CLEAT_WARN, "%s, going on without idle-exit", err.text);
}

void daemon_watch_idle(struct daemon *daemon)
{
	if (!daemon->config->cleat.idle_exit_ns)
		return;
	daemon->tasks->changed = changed;
	daemon->tasks->changed_arg = daemon;
	rpc_server_on_change(daemon->server, changed, daemon);
	changed(daemon);
}
