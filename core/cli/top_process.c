/* SPDX-License-Identifier: Apache-2.0 */
/* top_process.c - one process of this machine, in the columns of `ps -ef`, which docker's `top` shows. */
#include "cli/top_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/columns.h"

enum { FILE_MAX = 1 << 20 };

const char *const top_headings[TOP_CELLS + 1] = { "UID", "PID",  "PPID", "C", "STIME",
						  "TTY", "TIME", "CMD",  NULL };

/** What /proc/PID/stat says (proc(5)). */
struct numbers {
	unsigned parent;
	int terminal;
	unsigned long user, system;    /* ticks */
	unsigned long long start_tick; /* since boot */
};

/* Of the container's user this machine may have a name or not; docker shows this one's name too. */
static const char *owner(struct arena *arena, int dir)
{
	struct stat st = { 0 };
	const struct passwd *user = NULL;

	if (fstat(dir, &st) < 0)
		return "?";
	user = getpwuid(st.st_uid);
	return user ? arena_text(arena, user->pw_name) : arena_printf(arena, "%u", st.st_uid);
}

static char *read_proc(int dir, const char *name, size_t *out_len)
{
	struct cleat_error ignored = { 0 };
	char *content = NULL;

	return fd_read_file(dir, name, FILE_MAX, &content, out_len, &ignored) < 0 ? NULL : content;
}

/* The arguments end in NUL; a kernel thread or zombie has none and shows its name. */
static const char *command_line(struct arena *arena, int dir, const char *name)
{
	size_t len = 0;
	_cleanup_free_ char *args = read_proc(dir, "cmdline", &len);

	if (!args || len == 0)
		return arena_printf(arena, "[%s]", name);
	for (size_t i = 0; i + 1 < len; i++)
		if (args[i] == '\0')
			args[i] = ' ';
	return columns_clean(arena_text(arena, args));
}

const char *top_terminal(struct arena *arena, int device)
{
	enum { TTY = 4, PTS = 136, PTS_END = 144, SERIAL = 64 };
	unsigned bits = (unsigned)device;
	unsigned major = bits >> 8 & 0xfff;
	unsigned minor = (bits & 0xff) | (bits >> 12 & 0xfff00);

	if (major >= PTS && major < PTS_END)
		return arena_printf(arena, "pts/%u", minor + (major - PTS) * 256);
	if (major == TTY)
		return minor < SERIAL ? arena_printf(arena, "tty%u", minor)
				      : arena_printf(arena, "ttyS%u", minor - SERIAL);
	return "?";
}

const char *top_started(struct arena *arena, uint64_t started, uint64_t now)
{
	time_t times[] = { (time_t)(started / NS_PER_S), (time_t)(now / NS_PER_S) };
	struct tm then = { 0 };
	struct tm today = { 0 };
	char text[32];

	if (!localtime_r(&times[0], &then) || !localtime_r(&times[1], &today))
		return "?";
	if (then.tm_year != today.tm_year)
		(void)strftime(text, sizeof(text), "%Y", &then);
	else if (then.tm_yday != today.tm_yday)
		(void)strftime(text, sizeof(text), "%b%d", &then);
	else
		(void)strftime(text, sizeof(text), "%H:%M", &then);
	return arena_text(arena, text);
}

static int read_numbers(const char *rest, struct numbers *out)
{
	return sscanf(rest,
		      " %*c %u %*d %*d %d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d "
		      "%llu",
		      &out->parent, &out->terminal, &out->user, &out->system, &out->start_tick) == 5
		       ? 0
		       : -ESRCH;
}

static void show_times(struct arena *arena, const struct numbers *n, const char *cells[TOP_CELLS])
{
	uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t used = n->user + n->system;
	uint64_t boot = clock_now(CLOCK_BOOTTIME);
	uint64_t started = n->start_tick * (NS_PER_S / hertz);
	uint64_t age = boot > started ? boot - started : 0;
	uint64_t now = clock_now(CLOCK_REALTIME);
	uint64_t percent = age >= NS_PER_S ? 100 * used / hertz / (age / NS_PER_S) : 0;
	uint64_t seconds = used / hertz;

	cells[3] = arena_printf(arena, "%u", (unsigned)(percent < 99 ? percent : 99)); /* as ps */
	cells[4] = top_started(arena, now - age, now);
	cells[6] = arena_printf(arena, "%02u:%02u:%02u", (unsigned)(seconds / 3600),
				(unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

int top_process(struct arena *arena, unsigned pid, const char *cells[TOP_CELLS])
{
	char path[32];
	struct numbers numbers = { 0 };

	(void)snprintf(path, sizeof(path), "/proc/%u", pid);
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *stat = dir >= 0 ? read_proc(dir, "stat", NULL) : NULL;
	/* The name is in brackets and may itself hold brackets. */
	char *name = stat ? strchr(stat, '(') : NULL;
	char *rest = stat ? strrchr(stat, ')') : NULL;

	if (!name || !rest || read_numbers(rest + 1, &numbers) < 0)
		return -ESRCH;
	*rest = '\0';
	cells[0] = owner(arena, dir);
	cells[1] = arena_printf(arena, "%u", pid);
	cells[2] = arena_printf(arena, "%u", numbers.parent);
	show_times(arena, &numbers, cells);
	cells[5] = top_terminal(arena, numbers.terminal);
	cells[7] = command_line(arena, dir, name + 1);
	return 0;
}
