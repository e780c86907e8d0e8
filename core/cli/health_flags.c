/* SPDX-License-Identifier: Apache-2.0 */
/* health_flags.c - --health-cmd and its kin, docker's words. */
#include <errno.h>

#include "cli/container_config.h"

typedef Cleat__V1__ContainerConfig config;

static int duration(struct cli *cli, const char *flag, int64_t *out)
{
	const char *text = words_text(&cli->words, flag);
	uint64_t ns = 0;

	if (!text)
		return 0;
	if (text_to_duration(text, &ns) < 0 || ns > INT64_MAX)
		return words_refuse(text, flag, &cli->err, "it is a duration: 30s, 1m30s, 500ms");
	*out = (int64_t)ns;
	return 0;
}

static int retries(struct cli *cli, uint32_t *out)
{
	int64_t n = 0;
	int r = words_i64(&cli->words, "health-retries", &n, &cli->err);

	if (r == 0 && (n < 0 || n > 1000000))
		r = words_refuse(words_text(&cli->words, "health-retries"), "health-retries",
				 &cli->err, "it is a number of failures in a row");
	*out = (uint32_t)n;
	return r;
}

static void test(struct cli *cli, Cleat__V1__Health *health, const char *kind, const char *command)
{
	arena_append(&cli->arena, &health->test, &health->n_test, kind);
	if (command)
		arena_append(&cli->arena, &health->test, &health->n_test, command);
}

static bool is_any_given(const struct cli *cli)
{
	static const char *const flags[] = { "health-interval", "health-timeout", "health-retries",
					     "health-start-period", "health-start-interval" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (words_given(&cli->words, flags[i]))
			return true;
	return words_given(&cli->words, "health-cmd");
}

int health_flags_collect(struct cli *cli, config *out)
{
	bool off = words_on(&cli->words, "no-healthcheck");
	const char *command = words_text(&cli->words, "health-cmd");
	const char *action = words_text(&cli->words, "on-unhealthy");
	Cleat__V1__Health *health = NULL;

	if (action)
		out->on_unhealthy = (char *)action;
	if (off && is_any_given(cli))
		return cleat_fail(&cli->err, EINVAL,
				  "--no-healthcheck conflicts with --health-* options");
	if (!off && !is_any_given(cli))
		return 0;
	health = arena_alloc(&cli->arena, sizeof(*health));
	cleat__v1__health__init(health);
	out->health = health;
	if (off)
		test(cli, health, "NONE", NULL);
	else if (command)
		test(cli, health, *command ? "CMD-SHELL" : "NONE", *command ? command : NULL);
	if (duration(cli, "health-interval", &health->interval_ns) < 0 ||
	    duration(cli, "health-timeout", &health->timeout_ns) < 0 ||
	    duration(cli, "health-start-period", &health->start_period_ns) < 0 ||
	    duration(cli, "health-start-interval", &health->start_interval_ns) < 0)
		return -cli->err.errnum;
	return retries(cli, &health->retries);
}
