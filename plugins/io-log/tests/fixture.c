/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.c - io/log on a loop, with a log directory of its own. */
#include "fixture.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/dir.h"

extern const struct cleat_plugin cleat_plugin;

struct fixture f;

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void host_log(const struct cleat_host *host, int level, const char *fmt, ...)
{
	(void)host;
	(void)fmt;
	f.warnings += level >= CLEAT_WARN;
}

static int host_watch_fd(const struct cleat_host *host, int fd, uint32_t events,
			 void (*ready)(void *arg, uint32_t events), void *arg,
			 struct cleat_watch **out, struct cleat_error *err)
{
	(void)host;
	return loop_watch_fd(f.loop, fd, events, ready, arg, out, err);
}

static int host_watch_timer(const struct cleat_host *host, uint64_t delay_ns,
			    void (*fire)(void *arg), void *arg, struct cleat_watch **out,
			    struct cleat_error *err)
{
	(void)host;
	return loop_watch_timer(f.loop, delay_ns, fire, arg, out, err);
}

void fixture_open(void)
{
	struct cleat_error err = { 0 };

	f = (struct fixture){ .ops = cleat_plugin.ops };
	(void)strcpy(f.dir, "/tmp/cleat-log-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f.dir));
	UNIT_OK(loop_new(&f.loop, &err), err);
	f.settings = (struct settings){
		.format = FORMAT_JSON,
		.max_size = 10 << 20,
		.max_file = 5,
		.max_buffer = 1 << 20,
		.socket = "/nonexistent",
		.tag = "{{.ID}}",
		.labels = "",
		.env = "",
	};
	f.host = (struct cleat_host){ .size = sizeof(f.host),
				      .abi = CLEAT_ABI,
				      .log = host_log,
				      .watch_fd = host_watch_fd,
				      .watch_timer = host_watch_timer,
				      .unwatch = loop_unwatch };
	f.io = (struct io_log){ .host = &f.host, .settings = &f.settings };
	f.req = (struct cleat_io_request){ .size = sizeof(f.req),
					   .namespace_ = "default",
					   .id = "c1",
					   .exec_id = "",
					   .in = "",
					   .out = "discard:",
					   .err = "discard:",
					   .log_dir = f.dir,
					   .uid = getuid(),
					   .gid = getgid() };
}

int fixture_stream(struct cleat_error *err)
{
	f.stdio = (struct cleat_stdio){ .size = sizeof(f.stdio), .in = -1, .out = -1, .err = -1 };
	return f.ops->open(&f.io, &f.req, &f.stdio, &f.stream, err);
}

void fixture_say(int fd, const char *text)
{
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void drained(void *arg)
{
	(void)arg;
	f.drained++;
}

void fixture_end(void)
{
	int *ends[] = { &f.stdio.in, &f.stdio.out, &f.stdio.err };

	for (int i = 0; i < 3; i++)
		if (*ends[i] >= 0)
			(void)close(*ends[i]), *ends[i] = -1;
	f.drained = 0;
	f.ops->drain(f.stream, NS_PER_S, drained, NULL);
	CU_ASSERT_EQUAL(f.drained, 1);
	f.ops->close(f.stream);
	f.stream = NULL;
}

void fixture_close(void)
{
	struct cleat_error err = { 0 };

	if (f.stream)
		fixture_end();
	loop_free(f.loop);
	CU_ASSERT_EQUAL(dir_remove_tree(AT_FDCWD, f.dir, &err), 0);
}

void fixture_run(unsigned ms)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + ms * NS_PER_MS;

	do {
		(void)loop_step(f.loop, NS_PER_MS);
	} while (clock_now(CLOCK_MONOTONIC) < end);
}

const char *fixture_file(const char *name)
{
	static char text[4 << 20];
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", f.dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

unsigned fixture_times(const char *text, const char *what)
{
	unsigned n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}
