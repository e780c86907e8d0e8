/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - cleat-oci events: figures at intervals, and out-of-memory kills, as JSON lines. */
#include "commands.h"
#include "existing.h"
#include "report.h"

#include "base/clock.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

static int print_line(const struct container *container, const char *type, const char *data,
		      struct cleat_error *err)
{
	_cleanup_text_ struct text line = { 0 };

	text_printf(&line, "{\"type\":\"%s\",\"id\":\"%s\"", type, container->id);
	if (data)
		text_printf(&line, ",\"data\":%s", data);
	text_add(&line, "}\n");
	if (line.failed)
		return cleat_fail(err, ENOMEM, "out of memory");
	return report_print(line.bytes, err);
}

static int print_stats(const struct container *container, struct cleat_error *err)
{
	_cleanup_free_ char *data = NULL;

	if (use_runtime_metrics(container->box, &data, err) < 0)
		return -err->errnum;
	return print_line(container, "stats", data, err);
}

static uint64_t oom_kills(const struct container *container)
{
	struct cleat_stats stats = { .size = sizeof(stats) };
	struct cleat_error ignored = { 0 };

	return use_runtime_stats(container->box, &stats, &ignored) < 0 ? 0 : stats.oom_kills;
}

static int print_kills(const struct container *container, uint64_t *seen, struct cleat_error *err)
{
	uint64_t now = oom_kills(container);

	for (; *seen < now; (*seen)++)
		if (print_line(container, "oom", NULL, err) < 0)
			return -err->errnum;
	return 0;
}

/* Until the container ends: that is no error. */
static int follow(struct container *container, int oom_fd, int interval_ms, struct cleat_error *err)
{
	uint64_t seen = oom_kills(container);
	uint64_t token = 0;

	for (;;) {
		struct pollfd fd = { .fd = oom_fd, .events = POLLIN | POLLPRI };
		int n = poll(&fd, 1, interval_ms);

		if (n < 0 && errno != EINTR)
			return cleat_fail(err, errno, "cannot wait for events: %m");
		if (n > 0)
			(void)!read(oom_fd, &token, sizeof(token)); /* an eventfd, or nothing */
		if (use_runtime_state(container->box, &container->state, err) < 0 ||
		    print_kills(container, &seen, err) < 0)
			return -err->errnum;
		if (container->state.status == CLEAT_STOPPED)
			return 0;
		if (n == 0 && print_stats(container, err) < 0)
			return -err->errnum;
	}
}

int oci_events(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	_cleanup_close_ int oom_fd = -1;
	struct cleat_error ignored = { 0 };
	uint64_t interval_ns = 5 * NS_PER_S;

	if (arguments->interval && (text_to_duration(arguments->interval, &interval_ns) < 0 ||
				    interval_ns < NS_PER_MS || interval_ns / NS_PER_MS > INT_MAX))
		return cleat_fail(err, EINVAL,
				  "flag '--interval' takes a time like 5s, not '%.40s'",
				  arguments->interval);
	if (container_open(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status == CLEAT_STOPPED)
		return cleat_fail(err, ESRCH, "container with id %s is not running", container.id);
	if (arguments->stats)
		return print_stats(&container, err);
	if (use_runtime_oom_fd(container.box, &oom_fd, &ignored) < 0)
		oom_fd = -1; /* no memory controller: figures only */
	return follow(&container, oom_fd, (int)(interval_ns / NS_PER_MS), err);
}
