/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.c - io/fifo on a loop, with three fifos of a client in a directory of its own. */
#include "fixture.h"
#include "stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

extern const struct cleat_plugin cleat_plugin;

struct settings fixture_settings = { .terminal_buffer = 4096, .binary = true };

static struct loop *the_loop; /* a cleat_host has no room for ours */

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
{
	va_list args;

	(void)host;
	if (level < CLEAT_WARN)
		return;
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
}

static int host_watch_fd(const struct cleat_host *host, int fd, uint32_t events,
			 void (*ready)(void *arg, uint32_t events), void *arg,
			 struct cleat_watch **out, struct cleat_error *err)
{
	(void)host;
	return loop_watch_fd(the_loop, fd, events, ready, arg, out, err);
}

static int host_watch_timer(const struct cleat_host *host, uint64_t delay_ns,
			    void (*fire)(void *arg), void *arg, struct cleat_watch **out,
			    struct cleat_error *err)
{
	(void)host;
	return loop_watch_timer(the_loop, delay_ns, fire, arg, out, err);
}

void fixture_open(struct fixture *f)
{
	struct cleat_error err = { 0 };

	*f = (struct fixture){ .ops = cleat_plugin.ops };
	(void)strcpy(f->dir, "/tmp/cleat-io-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	(void)snprintf(f->in, sizeof(f->in), "%s/stdin", f->dir);
	(void)snprintf(f->out, sizeof(f->out), "%s/stdout", f->dir);
	(void)snprintf(f->err, sizeof(f->err), "%s/stderr", f->dir);
	(void)snprintf(f->file, sizeof(f->file), "%s/file", f->dir);
	CU_ASSERT_FATAL(mkfifo(f->in, 0700) == 0 && mkfifo(f->out, 0700) == 0 &&
			mkfifo(f->err, 0700) == 0);
	UNIT_OK(loop_new(&f->loop, &err), err);
	the_loop = f->loop;
	f->host = (struct cleat_host){ .size = sizeof(f->host),
				       .abi = CLEAT_ABI,
				       .log = host_log,
				       .watch_fd = host_watch_fd,
				       .watch_timer = host_watch_timer,
				       .unwatch = loop_unwatch };
	UNIT_OK(cleat_plugin.init(&f->host, &fixture_settings, &f->self, &err), err);
	f->req = (struct cleat_io_request){ .size = sizeof(f->req),
					    .namespace_ = "default",
					    .id = "c1",
					    .exec_id = "",
					    .in = "",
					    .out = "",
					    .err = "",
					    .uid = getuid(),
					    .gid = getgid() };
}

int fixture_stream(struct fixture *f, struct cleat_error *err)
{
	f->stdio = (struct cleat_stdio){ .size = sizeof(f->stdio), .in = -1, .out = -1, .err = -1 };
	return f->ops->open(f->self, &f->req, &f->stdio, &f->stream, err);
}

void fixture_program_ends(struct fixture *f)
{
	int *ends[] = { &f->stdio.in, &f->stdio.out, &f->stdio.err };

	for (int i = 0; i < 3; i++) {
		if (*ends[i] >= 0)
			(void)close(*ends[i]);
		*ends[i] = -1;
	}
}

void fixture_close(struct fixture *f)
{
	fixture_program_ends(f);
	if (f->stream)
		f->ops->close(f->stream);
	cleat_plugin.fini(f->self);
	loop_free(f->loop);
	(void)unlink(f->in);
	(void)unlink(f->out);
	(void)unlink(f->err);
	(void)unlink(f->file);
	CU_ASSERT_EQUAL(rmdir(f->dir), 0);
}

void fixture_run(struct fixture *f, unsigned ms)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + ms * NS_PER_MS;

	do {
		(void)loop_step(f->loop, NS_PER_MS);
	} while (clock_now(CLOCK_MONOTONIC) < end);
}

void fixture_run_until_drained(struct fixture *f)
{
	for (int i = 0; i < 1000 && !f->drained; i++)
		fixture_run(f, 5);
}

static void drained(void *arg)
{
	struct fixture *f = arg;

	f->drained++;
}

void fixture_drain(struct fixture *f, unsigned limit_ms)
{
	f->ops->drain(f->stream, limit_ms * NS_PER_MS, drained, f);
}

const char *fixture_read(int fd)
{
	static char text[65536];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n == 0)
		return "EOF";
	text[n > 0 ? n : 0] = '\0';
	return text;
}
