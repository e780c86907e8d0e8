/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - how far an import is, on stderr: stdout has the result alone. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/ago.h"
#include "cli/columns.h"
#include "cli/terminal.h"

enum { BAR = 30, NARROW = 70 };

void progress_init(struct progress *progress, bool quiet)
{
	*progress = (struct progress){ .quiet = quiet };
	progress->terminal = isatty(STDERR_FILENO) == 1;
	progress->began = clock_now(CLOCK_MONOTONIC);
}

static void add_bar(char *out, size_t room, uint64_t bytes, uint64_t total)
{
	unsigned filled = (unsigned)((double)bytes / (double)total * BAR);
	char bar[BAR + 1];

	if (filled > BAR)
		filled = BAR;
	memset(bar, '-', BAR);
	memset(bar, '#', filled);
	bar[BAR] = '\0';
	(void)snprintf(out, room, "[%s] %3u%%  ", bar,
		       (unsigned)((double)bytes / (double)total * 100));
}

void progress_line(char out[PROGRESS_TEXT], unsigned columns, const char *step, const char *what,
		   uint64_t bytes, uint64_t total, uint64_t elapsed_ns)
{
	char done[AGO_TEXT];
	char all[AGO_TEXT];
	char rate[AGO_TEXT];
	char bar[64] = "";
	double seconds = (double)elapsed_ns / (double)NS_PER_S;

	ago_size(bytes, done);
	ago_size(total, all);
	ago_size(seconds > 0.2 ? (uint64_t)((double)bytes / seconds) : 0, rate);
	if (total && columns >= NARROW)
		add_bar(bar, sizeof(bar), bytes < total ? bytes : total, total);
	(void)snprintf(out, PROGRESS_TEXT, "%.20s  %s%s%s%s  %s/s  %.60s", step, bar, done,
		       total ? "/" : "", total ? all : "", rate, what);
	/* A line that wraps cannot be redrawn. */
	if (columns > 1 && strlen(out) >= columns)
		out[columns - 1] = '\0';
}

static void draw(struct progress *progress, uint64_t bytes, uint64_t total, uint64_t now)
{
	char line[PROGRESS_TEXT];
	uint32_t rows = 0;
	uint32_t columns = 0;

	terminal_size(&rows, &columns);
	progress_line(line, columns ? columns : 80, progress->step, progress->what, bytes, total,
		      now - progress->began);
	(void)fprintf(stderr, "\r\033[K%s", line);
	progress->drawn = true;
	progress->last_drawn = now;
}

void progress_show(struct progress *progress, const char *step, const char *what, uint64_t bytes,
		   uint64_t total)
{
	uint64_t now = clock_now(CLOCK_MONOTONIC);
	bool fresh = strcmp(step, progress->step) != 0 || strncmp(what, progress->what, 120) != 0;

	if (progress->quiet)
		return;
	if (fresh) {
		(void)snprintf(progress->step, sizeof(progress->step), "%s", step);
		(void)snprintf(progress->what, sizeof(progress->what), "%.120s", what);
		(void)columns_clean(progress->what);
		progress->began = now;
	}
	if (!progress->terminal) {
		if (fresh)
			(void)fprintf(stderr, "%s %s\n", progress->step, progress->what);
	} else if (fresh || now - progress->last_drawn > 100 * NS_PER_MS) {
		draw(progress, bytes, total, now);
	}
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		(void)fputs("\r\033[K", stderr);
	progress->drawn = false;
}
