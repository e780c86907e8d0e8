/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cleatd: brings the parts together, answers, and leaves. It holds no container's life: kill
 * it at any moment, and the next one finds everything (task/reconcile.c).
 *
 * The order of the start is a table. What fails says why in one line on stderr, the last one, which
 * is what `cleat` shows.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "service/metrics.h"
#include "task/events.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { MAX_CLIENTS = 1024, LEAVE_LIMIT_S = 2 };

/* ---- leaving ------------------------------------------------------------------------------------- */
static void drained(void *arg)
{
	struct daemon *daemon = arg;

	loop_stop(daemon->loop);
}

void daemon_leave(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->leaving)
		return;
	daemon->leaving = true;
	/* Nobody new; a client that connects now finds no socket and starts another daemon. */
	if (daemon->owns_socket)
		(void)unlink(daemon->config->cleat.socket);
	if (*daemon->config->cleat.metrics_socket)
		(void)unlink(daemon->config->cleat.metrics_socket);
	rpc_server_drain(daemon->server, LEAVE_LIMIT_S * NS_PER_S, drained, daemon);
}

static void told_to_leave(void *arg)
{
	log_line(CLEAT_INFO, "leaving; containers stay");
	daemon_leave(arg);
}

/* ---- the start, step by step --------------------------------------------------------------------- */
static int lock(struct daemon *daemon, struct cleat_error *err)
{
	daemon->lock_fd =
		daemon_lock(daemon->config->cleat.state, daemon->config->cleat.socket, err);
	return daemon->lock_fd < 0 ? daemon->lock_fd : 0;
}

static int open_root(struct daemon *daemon, struct cleat_error *err)
{
	/* 0711: a container's user may have to reach its own files below, and read nothing else. */
	daemon->root_fd = dir_make(daemon->config->cleat.root, 0711, err);
	return daemon->root_fd < 0 ? daemon->root_fd
				   : daemon_owned(daemon->root_fd, daemon->config->cleat.root, err);
}

static int open_plugins(struct daemon *daemon, struct cleat_error *err)
{
	_cleanup_free_ char *records = text_format("%s/plugins", daemon->config->cleat.root);
	struct registry_env env = { .loop = daemon->loop,
				    .records_root = records,
				    .types = PLUGIN_SNAPSHOTTER | PLUGIN_RESTART,
				    .keep_going = true };

	if (!records)
		return cleat_fail(err, ENOMEM, "cannot start: out of memory");
	return registry_open(daemon->config, &env, &daemon->registry, err);
}

static int open_store(struct daemon *daemon, struct cleat_error *err)
{
	return store_open(daemon->config->cleat.root, &daemon->store, err);
}

static int open_tasks(struct daemon *daemon, struct cleat_error *err)
{
	struct tasks_env env = { .loop = daemon->loop,
				 .config = daemon->config,
				 .registry = daemon->registry,
				 .store = daemon->store,
				 .root_fd = daemon->root_fd,
				 .root = daemon->config->cleat.root,
				 .state = daemon->config->cleat.state,
				 .address = daemon->config->cleat.socket };

	clock_boot_id(env.boot_id);
	int r = tasks_new(&env, &daemon->tasks, err);

	return r < 0 ? r : events_open(daemon->root_fd, &daemon->tasks->events, err);
}

/* Listening before reconciling: shims may report at once, and clients wait in the backlog. */
static int serve(struct daemon *daemon, struct cleat_error *err)
{
	int fd = daemon_listen(daemon->config->cleat.socket, &daemon->owns_socket, err);

	if (fd < 0)
		return fd;
	int r = rpc_server_new(daemon->loop, fd, geteuid(), MAX_CLIENTS, &daemon->server, err);

	if (r < 0)
		return r;
	daemon->service = (struct service){ .tasks = daemon->tasks,
					    .started_at = clock_now(CLOCK_REALTIME),
					    .shut_down = told_to_leave,
					    .arg = daemon };
	return service_offer(&daemon->service, daemon->server, err);
}

static int serve_metrics(struct daemon *daemon, struct cleat_error *err)
{
	const char *path = daemon->config->cleat.metrics_socket;

	if (!*path)
		return 0;
	if (*path != '/')
		return cleat_fail(err, EINVAL,
				  "cannot use metrics-socket '%s': it is no absolute path", path);
	int fd = daemon_listen_at(path, err);

	return fd < 0 ? fd : metrics_serve(&daemon->service, fd, err);
}

static int reconcile(struct daemon *daemon, struct cleat_error *err)
{
	return tasks_reconcile(daemon->tasks, err);
}

static int watch_signals(struct daemon *daemon, struct cleat_error *err)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* a terminal that goes away is none of our business */
	int r = loop_watch_signal(daemon->loop, SIGTERM, told_to_leave, daemon, &daemon->term, err);

	return r < 0 ? r
		     : loop_watch_signal(daemon->loop, SIGINT, told_to_leave, daemon,
					 &daemon->interrupt, err);
}

static const struct {
	const char *does;
	int (*run)(struct daemon *daemon, struct cleat_error *err);
} steps[] = {
	{ "be the only one", lock },        { "watch for signals", watch_signals },
	{ "open its root", open_root },     { "open its plugins", open_plugins },
	{ "open its store", open_store },   { "make room for containers", open_tasks },
	{ "reconcile", reconcile },         { "serve", serve },
	{ "serve metrics", serve_metrics },
};

static int start(struct daemon *daemon, struct cleat_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		log_line(CLEAT_DEBUG, "start: %s", steps[i].does);
		if (steps[i].run(daemon, err) < 0)
			return -err->errnum;
	}
	daemon_watch_idle(daemon);
	log_line(CLEAT_INFO, "ready on '%s'", daemon->config->cleat.socket);
	return 0;
}

static int run(struct daemon *daemon, struct cleat_error *err)
{
	const struct config_cleat *settings = &daemon->config->cleat;

	log_init("cleatd", (int)settings->log_level, settings->log_format == 1, STDERR_FILENO);
	daemon_own_cgroup();
	int r = loop_new(&daemon->loop, err);

	if (r == 0)
		r = start(daemon, err);
	if (r == 0 && loop_run(daemon->loop) < 0)
		r = cleat_fail(err, EIO, "the event loop ended");
	/* What is open is the kernel's to close; the store's write-ahead log is better folded in. */
	if (daemon->server)
		rpc_server_free(daemon->server);
	store_close(daemon->store);
	if (daemon->registry)
		registry_close(daemon->registry);
	return r;
}

/* ---- the command line ----------------------------------------------------------------------------- */
static const char usage[] =
	"Usage: cleatd [--config FILE] [--version] [--help]\n"
	"\n"
	"The daemon of cleat: it starts, watches and restarts containers. cleat(1) starts it when it\n"
	"is needed; as a service it takes its socket from systemd (LISTEN_FDS).\n"
	"\n"
	"  --config FILE  read this file alone instead of /usr/lib/cleat, /etc/cleat and conf.d\n"
	"  --version      print the version and leave\n";

/* 0: go on; 1: done; -EINVAL with a line on stderr. */
static int parse(int argc, char **argv, const char **out_config)
{
	for (int i = 1; i < argc; i++) {
		if (text_eq(argv[i], "--version")) {
			(void)printf("cleatd %s\n", CLEAT_VERSION);
			return 1;
		}
		if (text_eq(argv[i], "--help") || text_eq(argv[i], "-h")) {
			(void)fputs(usage, stdout);
			return 1;
		}
		if (text_eq(argv[i], "--config") && i + 1 < argc) {
			*out_config = argv[++i];
		} else if (text_starts(argv[i], "--config=")) {
			*out_config = argv[i] + strlen("--config=");
		} else {
			(void)fprintf(stderr, "cleatd: unknown argument '%s'; see cleatd --help\n",
				      argv[i]);
			return -EINVAL;
		}
	}
	return 0;
}

/* Shims get the name too, and run in a directory of their own. */
static int find_config(const char *file, char **out, struct cleat_error *err)
{
	if (!file)
		file = getenv("CLEAT_CONFIG");
	if (!file || !*file)
		return 0; /* the default paths */
	*out = realpath(file, NULL);
	return *out ? 0 : cleat_fail(err, errno, "cannot read '%s': %m", file);
}

int main(int argc, char **argv)
{
	/* static: what is still in use at the end is not lost memory to a leak checker */
	static struct daemon daemon = { .lock_fd = -1, .root_fd = -1 };
	struct cleat_error err = { 0 };
	_cleanup_free_ char *absolute = NULL;
	const char *file = NULL;

	if (fd_open_standard() < 0)
		return 125;
	int r = parse(argc, argv, &file);

	if (r != 0)
		return r > 0 ? 0 : 125;
	if (geteuid() != 0) {
		(void)fprintf(stderr, "cleatd: must be run as root\n");
		return 125;
	}
	(void)umask(022);
	r = find_config(file, &absolute, &err);
	if (r == 0)
		r = config_open(absolute, &daemon.config, &err);
	if (r == 0 && daemon.config)
		r = run(&daemon, &err);
	if (r < 0)
		log_line(CLEAT_ERROR, "%s", err.text);
	config_free(daemon.config);
	return r < 0 ? 125 : 0;
}
