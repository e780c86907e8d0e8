/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - cleat stats: what containers use, once or again and again. */
#include "cli/stats.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "cli/commands.h"
#include "cli/json_flag.h"

/* A rate takes two samples; the pause between them when only one table is wanted. */
#define ONCE_NS  (500 * NS_PER_MS)
#define AGAIN_NS NS_PER_S

/* On the loop, so that a daemon that leaves meanwhile is noticed. */
static int pause_for(struct stats *stats, uint64_t ns)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + ns;

	for (uint64_t now = end - ns; now < end; now = clock_now(CLOCK_MONOTONIC))
		if (loop_step(stats->cli->loop, end - now) < 0)
			return cleat_fail(&stats->cli->err, EIO, "cannot wait");
	return 0;
}

static int print(struct stats *stats, bool json, bool again)
{
	int r = 0;

	if (json) {
		stats_print_json(stats);
	} else {
		if (again && isatty(STDOUT_FILENO))
			(void)fputs("\033[2J\033[H", stdout);
		r = stats_print_table(stats, &stats->cli->err);
	}
	return r;
}

static int once(struct stats *stats, bool json)
{
	int r = stats_take(stats);

	if (r == 0)
		r = pause_for(stats, ONCE_NS);
	if (r == 0)
		r = stats_take(stats);
	return r < 0 ? r : print(stats, json, false);
}

static int again(struct stats *stats, bool json)
{
	int r = 0;

	/* Until whoever reads us has gone. */
	while (r == 0 && cli_flush(stats->cli) == 0) {
		r = stats_take(stats);
		if (r == 0)
			r = print(stats, json, true);
		/* The daemon has just died; its successor knows the containers. */
		if (r == -ECONNRESET) {
			stats->cli->lost = true;
			r = 0;
		}
		if (r == 0 && cli_flush(stats->cli) == 0)
			r = pause_for(stats, AGAIN_NS);
	}
	return r;
}

int command_stats(struct cli *cli)
{
	struct stats stats = { .cli = cli, .all = words_on(&cli->words, "all") };
	bool json = false;
	int r = json_flag(cli, &json);

	if (r == 0)
		r = words_on(&cli->words, "no-stream") ? once(&stats, json) : again(&stats, json);
	stats_fini(&stats);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
