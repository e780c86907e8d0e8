/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autostart.c - start cleatd when it is not running, as tmux does its server.
 *
 * Who starts holds <state>/cleatd.start.lock until the daemon answers, so two clients at once start
 * one. It is not cleatd.lock, which the daemon itself holds for life. The daemon gets nothing of its
 * caller that could hinder either later: no working directory, no terminal, no descriptors, no
 * environment, and where possible not the caller's cgroup.
 */
#include "cli/autostart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/clock.h"
#include "base/dir.h"
#include "base/fd.h"
#include "base/install.h"
#include "base/process.h"
#include "cli/daemon_child.h"

enum {
	READY_MS = 10000,
	RETRY_MS = 5, /* between bind and listen of the daemon */
	LOG_TAIL = 4096,
	LOG_MAX = 4 << 20, /* a bigger log is set aside before the next start */
};

struct start {
	struct cli *cli;
	const struct config *config;
	const char *log; /* path */
	int log_fd;
	off_t log_from; /* what this daemon writes begins here */
	pid_t pid;
	int pidfd;
};

/* ---- the log ----------------------------------------------------------------------------------- */

static int open_log(struct start *start)
{
	struct cli *cli = start->cli;
	char old[PATH_MAX];
	struct stat st;

	start->log = arena_printf(&cli->arena, "%s/cleatd.log", start->config->cleat.state);
	if (stat(start->log, &st) == 0 && st.st_size > LOG_MAX) {
		(void)snprintf(old, sizeof(old), "%s.1", start->log);
		(void)rename(start->log, old); /* else it goes on growing */
	}
	start->log_fd =
		open(start->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (start->log_fd < 0)
		return cleat_fail(&cli->err, errno, "cannot open '%s': %m", start->log);
	/* A full disk would take the daemon's last words from us: find out before it starts. */
	if (dprintf(start->log_fd, "cleat (pid %d) starts cleatd\n", (int)getpid()) < 0)
		return cleat_fail(&cli->err, errno, "cannot write '%s': %m", start->log);
	start->log_from = lseek(start->log_fd, 0, SEEK_END);
	return 0;
}

/* Of "2026-11-21T22:45:43Z error cleatd: why" the reader only needs why. */
static char *without_prefix(struct arena *arena, char *line)
{
	static const char *const levels[] = { " debug ", " info ", " warn ", " error " };
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };
	const char *message = NULL;

	if (line[0] == '{' && json_parse(line, strlen(line), &doc, &ignored) == 0) {
		message = json_text(json_get(json_root(doc), "msg"));
		return message ? arena_text(arena, message) : line;
	}
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		char *level = strstr(line, levels[i]);

		/* only as the second word, behind the time */
		if (level && line[0] >= '0' && line[0] <= '9' && level == strchr(line, ' ') &&
		    (message = strstr(level, ": ")))
			return line + (message + 2 - line);
	}
	return line;
}

char *autostart_last_line(struct arena *arena, const char *log, size_t len)
{
	size_t from = 0;

	while (len > 0 && (log[len - 1] == '\n' || log[len - 1] == '\r'))
		len--;
	for (from = len; from > 0 && log[from - 1] != '\n';)
		from--;
	return without_prefix(arena, arena_text_n(arena, log + from, len - from));
}

static const char *last_words(struct start *start)
{
	char tail[LOG_TAIL];
	off_t end = lseek(start->log_fd, 0, SEEK_END);
	off_t from = end - LOG_TAIL > start->log_from ? end - LOG_TAIL : start->log_from;
	ssize_t n = pread(start->log_fd, tail, sizeof(tail), from);
	const char *line = n > 0 ? autostart_last_line(&start->cli->arena, tail, (size_t)n) : "";

	return *line ? line : "it said nothing";
}

/* ---- waiting ----------------------------------------------------------------------------------- */

static int failed(struct start *start, int errnum, const char *what)
{
	return cleat_fail(&start->cli->err, errnum, "cannot start cleatd: %s%s (see '%s')", what,
			  last_words(start), start->log);
}

/* Something happened in the socket's directory, or time passed, or the daemon ended (1). */
static int wait_a_little(struct start *start, int inotify, bool *saw)
{
	struct pollfd fds[] = { { .fd = inotify, .events = POLLIN },
				{ .fd = start->pidfd, .events = POLLIN } };
	char events[4096];
	if (start->pidfd < 0)
		return 1; /* it was over before we could look */
	/* Without inotify there is only trying again. */
	int n = poll(fds, 2, *saw || inotify < 0 ? RETRY_MS : 1000);

	if (n > 0 && fds[0].revents) {
		(void)!read(inotify, events,
			    sizeof(events)); /* which one it was is not important */
		*saw = true;
	}
	return fds[1].revents ? 1 : 0;
}

static int watch_directory(const char *socket)
{
	char dir[PATH_MAX];
	char *slash = NULL;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	(void)snprintf(dir, sizeof(dir), "%s", socket);
	slash = strrchr(dir, '/');
	if (slash && slash > dir)
		*slash = '\0';
	if (fd >= 0 && inotify_add_watch(fd, dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int wait_ready(struct start *start, int inotify)
{
	const char *socket = start->config->cleat.socket;
	uint64_t end = clock_now(CLOCK_MONOTONIC) + READY_MS * NS_PER_MS;
	bool saw = false;

	for (;;) {
		int fd = fd_unix_connect(socket);
		int over = 0;

		if (fd >= 0)
			return fd;
		over = wait_a_little(start, inotify, &saw);
		/* It may have lost a race against a daemon that somebody else started. */
		if (over && (fd = fd_unix_connect(socket)) >= 0)
			return fd;
		if (over)
			return failed(start, EIO, "");
		if (clock_now(CLOCK_MONOTONIC) > end)
			break;
	}
	(void)process_signal(start->pidfd, SIGKILL); /* it would only be in the way */
	return failed(start, ETIMEDOUT, "it does not answer within 10 s; its last words: ");
}

/* ---- starting ---------------------------------------------------------------------------------- */

char **autostart_environment(struct arena *arena, char *const *environment, const char *config)
{
	char **out = NULL;
	size_t n = 0;
	bool path = false;

	for (; *environment; environment++) {
		const char *item = *environment;

		if (text_starts(item, "CLEAT_CONFIG=") || text_starts(item, "CLEAT_NAMESPACE="))
			continue;
		path = path || text_starts(item, "PATH=");
		if (text_starts(item, "PATH=") || text_starts(item, "LANG=") ||
		    text_starts(item, "CLEAT_"))
			arena_append(arena, &out, &n, item);
	}
	if (!path)
		arena_append(arena, &out, &n,
			     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (config)
		arena_append(arena, &out, &n, arena_printf(arena, "CLEAT_CONFIG=%s", config));
	arena_append(arena, &out, &n, NULL);
	return out;
}

static int launch(struct start *start)
{
	struct cli *cli = start->cli;
	char program[PATH_MAX];
	const char *config = start->config->file ? cli_config_file(cli) : NULL;
	const char *argv[] = { program, config ? "--config" : NULL, config, NULL };
	struct daemon_child child = {
		.program = program,
		.argv = (char *const *)argv,
		.environment = autostart_environment(&cli->arena, environ, config),
		.log_fd = start->log_fd,
	};
	int r = install_program("cleatd", program, sizeof(program), &cli->err);

	if (r < 0)
		return cleat_wrap(&cli->err, "cannot start cleatd");
	r = daemon_child_start(&child, &start->pid, &cli->err);
	if (r < 0)
		return r;
	/* Gone already: another one answers, or its last words tell why. */
	start->pidfd = process_open(start->pid, 0);
	return 0;
}

static int start_locked(struct start *start)
{
	_cleanup_close_ int inotify = watch_directory(start->config->cleat.socket);
	/* Somebody may have started it while we waited for the lock. */
	int fd = fd_unix_connect(start->config->cleat.socket);
	int r = 0;

	if (fd >= 0)
		return fd;
	r = open_log(start);
	if (r == 0)
		r = launch(start);
	return r < 0 ? r : wait_ready(start, inotify);
}

int autostart(struct cli *cli, const struct config *config)
{
	struct start start = { .cli = cli, .config = config, .log_fd = -1, .pidfd = -1 };
	const char *state = config->cleat.state;
	_cleanup_close_ int dir = dir_make(state, 0700, &cli->err);
	_cleanup_close_ int lock = -1;
	int fd = -1;

	if (dir < 0)
		return dir;
	lock = openat(dir, "cleatd.start.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return cleat_fail(&cli->err, errno, "cannot lock '%s/cleatd.start.lock': %m",
				  state);
	fd = start_locked(&start);
	cleat_closep(&start.log_fd);
	cleat_closep(&start.pidfd);
	return fd;
}
