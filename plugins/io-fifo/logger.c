/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logger.c - binary:// : a program of the host that takes the output, by containerd's protocol.
 *
 * It finds stdout at descriptor 3, stderr at 4, and says by closing 5 that it is ready. Nothing is copied:
 * the container holds the pipes' writing ends, so a logger that stalls makes the container wait and
 * nobody else. Whoever names the program gets it run as root, so the ini must allow it.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <cleat/cleanup.h>

#include "uri.h"

enum { READY_LIMIT_MS = 5000, FIRST_FREE = 10 };

struct logger_start {
	const char *uri;
	bool must_speak; /* binary-v2: an end without a word is a failure */
	struct uri_words words;
	int out[2], err[2], ready[2];
	pid_t pid;
};

bool logger_is_uri(const char *uri)
{
	return strncmp(uri, "binary://", 9) == 0 || strncmp(uri, "binary-v2://", 12) == 0;
}

/* Both ends above those that the logger is to have: dup2 must not hit one that is still to come. */
static int make_pipe(int ends[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FIRST_FREE);
		(void)close(low[i]);
	}
	return ends[0] < 0 || ends[1] < 0 ? -EMFILE : 0;
}

static int fill_actions(const struct logger_start *start, posix_spawn_file_actions_t *actions)
{
	const int ends[] = { start->out[0], start->err[0], start->ready[1] };
	int r = 0;

	for (int fd = 0; r == 0 && fd < 3; fd++)
		r = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	for (int i = 0; r == 0 && i < 3; i++)
		r = posix_spawn_file_actions_adddup2(actions, ends[i], 3 + i);
	return r;
}

static int fill_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all;
	sigset_t none;
	int r = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	return r;
}

static int spawn(struct logger_start *start, char *const env[])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = fill_actions(start, &actions);
		if (r == 0)
			r = fill_attributes(&attributes);
		if (r == 0)
			r = posix_spawn(&start->pid, start->words.word[0], &actions, &attributes,
					start->words.word, env);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Its whole environment. */
static int run(struct logger_start *start, const struct cleat_io_request *req)
{
	_cleanup_free_ char *id = NULL;
	_cleanup_free_ char *space = NULL;

	if (asprintf(&id, "CONTAINER_ID=%s", *req->exec_id ? req->exec_id : req->id) < 0 ||
	    asprintf(&space, "CONTAINER_NAMESPACE=%s", req->namespace_) < 0)
		return -ENOMEM;
	char *env[] = { id, space, NULL };

	return spawn(start, env);
}

/* Create cannot go on before; who takes too long is given up, as nothing else moves meanwhile. */
static int wait_until_ready(struct logger_start *start, struct cleat_error *err)
{
	const char *name = start->words.word[0];
	struct pollfd p = { .fd = start->ready[0], .events = POLLIN };
	char byte = 0;

	cleat_closep(&start->ready[1]);
	start->ready[1] = -1;
	if (poll(&p, 1, READY_LIMIT_MS) <= 0)
		return cleat_fail(err, ETIMEDOUT, "logger '%s' was not ready within %d s", name,
				  READY_LIMIT_MS / 1000);
	if (read(start->ready[0], &byte, 1) <= 0 && start->must_speak)
		return cleat_fail(err, EIO, "logger '%s' did not say that it is ready", name);
	return 0;
}

static void over(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	logger_forget(stream);
	drain_check(stream);
}

static int watch(struct stream *stream, struct cleat_error *err)
{
	const struct cleat_host *host = stream->io->host;

	stream->logger.pidfd = (int)syscall(SYS_pidfd_open, stream->logger.pid, 0);
	if (stream->logger.pidfd < 0)
		return cleat_fail(err, errno, "cannot watch the logger: %m");
	return host->watch_fd(host, stream->logger.pidfd, EPOLLIN, over, stream,
			      &stream->logger.watch, err);
}

static void give(struct sink *sink, int *end, int *out_end, const struct cleat_io_request *req)
{
	sink->target = TARGET_LOGGER;
	fifo_give(sink->stream->io, *end, req);
	if (out_end) {
		*out_end = take_fd(end);
		return;
	}
	sink->fd = take_fd(end);
	(void)fcntl(sink->fd, F_SETFL, O_NONBLOCK);
}

static int start_logger(struct stream *stream, struct logger_start *start,
			const struct cleat_io_request *req, struct cleat_error *err)
{
	int r = uri_words(start->uri, &start->words);

	if (r == 0)
		r = make_pipe(start->out);
	if (r == 0)
		r = make_pipe(start->err);
	if (r == 0)
		r = make_pipe(start->ready);
	if (r == 0)
		r = run(start, req);
	if (r < 0)
		return cleat_fail(err, -r, "cannot run logger '%s': %m", start->uri);
	stream->logger.pid = start->pid;
	r = watch(stream, err);
	return r < 0 ? r : wait_until_ready(start, err);
}

static void start_fini(struct logger_start *start)
{
	int *ends[] = { &start->out[0], &start->out[1],   &start->err[0],
			&start->err[1], &start->ready[0], &start->ready[1] };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		cleat_closep(ends[i]);
	uri_words_fini(&start->words);
}

int logger_open(struct stream *stream, const struct cleat_io_request *req, int *out_end,
		int *err_end, struct cleat_error *err)
{
	struct logger_start start = { .uri = req->out,
				      .must_speak = strncmp(req->out, "binary-v2:", 10) == 0,
				      .out = { -1, -1 },
				      .err = { -1, -1 },
				      .ready = { -1, -1 } };

	if (!stream->io->settings->binary)
		return cleat_fail(err, EPERM,
				  "cannot use '%s': it runs a program on the host, which 'binary = "
				  "yes' in [io/fifo] of cleat.ini would allow",
				  req->out);
	if (!strstr(req->out, ":///"))
		return cleat_fail(err, EINVAL, "cannot use '%s': it names no absolute path",
				  req->out);
	int r = start_logger(stream, &start, req, err);

	if (r == 0) {
		give(&stream->out, &start.out[1], out_end, req);
		stream->err.target =
			TARGET_LOGGER; /* of a terminal: nothing comes, and it sees so */
		if (err_end)
			give(&stream->err, &start.err[1], err_end, req);
	}
	start_fini(&start);
	return r;
}

bool logger_is_over(const struct stream *stream)
{
	return stream->logger.pidfd < 0;
}

/* By descriptor: the host reaps it, and its number may be another's by now. */
void logger_signal(const struct stream *stream, int signal)
{
	if (stream->logger.pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, stream->logger.pidfd, signal, NULL, 0);
}

void logger_forget(struct stream *stream)
{
	int pidfd = take_fd(&stream->logger.pidfd);

	stream->io->host->unwatch(stream->logger.watch);
	stream->logger.watch = NULL;
	cleat_closep(&pidfd);
}
