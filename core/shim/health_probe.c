/* SPDX-License-Identifier: Apache-2.0 */
/* health_probe.c - run one check, and keep the beginning of what it says. */
#include "health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"

/* False: no more will come. */
static bool read_some(struct health *health)
{
	char waste[1024];
	size_t room = HEALTH_OUTPUT - health->output_len;
	ssize_t n = room ? read(health->out_fd, health->output + health->output_len, room)
			 : read(health->out_fd, waste, sizeof(waste));

	for (ssize_t i = 0; room && i < n; i++) /* JSON's text has none */
		if (!health->output[health->output_len + (size_t)i])
			health->output[health->output_len + (size_t)i] = '?';
	if (n > 0 && room)
		health->output_len += (size_t)n;
	health->truncated |= n > 0 && !room;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void readable(void *arg, uint32_t events)
{
	struct health *health = arg;

	(void)events;
	if (!read_some(health))
		loop_unwatchp(&health->reading);
}

void health_probe_end(struct health *health)
{
	loop_unwatchp(&health->reading);
	/* What it said last; a child of its own may hold the pipe open, so there is a limit. */
	for (int i = 0; health->out_fd >= 0 && i < 64; i++) {
		size_t before = health->output_len;

		if (!read_some(health) || health->output_len == before)
			break;
	}
	cleat_closep(&health->out_fd);
	health->out_fd = -1;
	memcpy(health->output + health->output_len, "...", sizeof("..."));
	if (!health->truncated)
		health->output[health->output_len] = '\0';
}

static int open_ends(struct health *health, struct cleat_stdio *stdio, struct cleat_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot make a pipe: %m");
	health->out_fd = ends[0];
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	stdio->out = ends[1];
	stdio->err = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
	stdio->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return stdio->err < 0 || stdio->in < 0
		       ? cleat_fail(err, errno, "cannot open '/dev/null': %m")
		       : 0;
}

static int run(struct health *health, struct cleat_stdio *stdio, struct cleat_error *err)
{
	struct cleat_process made = { .pidfd = -1, .console_fd = -1 };
	struct cleat_exec req = {
		.process = health->plan.process,
		.process_len = strlen(health->plan.process),
		.stdio = stdio,
	};
	int r = use_runtime_exec(health->task->box, &req, &made, err);

	if (r < 0)
		return r;
	health->pid = made.pid;
	cleat_closep(&made.pidfd);
	cleat_closep(&made.console_fd);
	/* Without a watch its output is read at the end: it may have to wait until then. */
	(void)loop_watch_fd(health->task->shim->loop, health->out_fd, EPOLLIN, readable, health,
			    &health->reading, err);
	return 0;
}

bool health_probe(struct health *health, int *out_code)
{
	struct cleat_stdio stdio = { .in = -1, .out = -1, .err = -1 };
	struct cleat_error err = { 0 };

	health->began = clock_now(CLOCK_REALTIME);
	health->output_len = 0;
	health->output[0] = '\0';
	health->truncated = false;
	health->timed_out = false;
	int r = open_ends(health, &stdio, &err);

	if (r == 0)
		r = run(health, &stdio, &err);
	use_stdio_close(&stdio);
	if (r == 0)
		return true;
	health_probe_end(health);
	(void)snprintf(health->output, sizeof(health->output), "%s", err.text);
	health->output_len = strlen(health->output);
	*out_code = r == -ENOENT ? 127 : r == -EACCES ? 126 : 128;
	return false;
}
