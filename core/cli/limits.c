/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c - --memory, --cpus and their kin. */
#include "cli/limits.h"

#include <errno.h>
#include <string.h>

int limits_nano_cpus(const char *text, int64_t *out)
{
	uint64_t whole = 0;
	uint64_t fraction = 0;
	uint64_t scale = 1000000000;
	const char *p = text;

	if (!*p || text[strspn(text, "0123456789.")] != '\0' || strcmp(text, ".") == 0)
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > 1000000)
			return -ERANGE;
	}
	if (*p == '.')
		p++;
	for (; *p >= '0' && *p <= '9'; p++) {
		scale /= 10; /* digits beyond a billionth do not count */
		fraction += scale * (uint64_t)(*p - '0');
	}
	if (*p)
		return -EINVAL;
	*out = (int64_t)(whole * 1000000000 + fraction);
	return 0;
}

static int get_bytes(struct cli *cli, const char *flag, bool unlimited, int64_t *out)
{
	const char *text = words_text(&cli->words, flag);
	uint64_t bytes = 0;

	if (!text)
		return 0;
	if (unlimited && text_eq(text, "-1")) {
		*out = -1;
		return 0;
	}
	if (text_to_bytes(text, &bytes) < 0 || bytes > INT64_MAX)
		return words_refuse(text, flag, &cli->err, "invalid size: '%s'", text);
	*out = (int64_t)bytes;
	return 0;
}

static int get_number(struct cli *cli, const char *flag, int64_t least, int64_t *out)
{
	int r = words_i64(&cli->words, flag, out, &cli->err);

	if (r == 0 && words_given(&cli->words, flag) && *out < least)
		return words_refuse(words_text(&cli->words, flag), flag, &cli->err,
				    "it must be at least %lld", (long long)least);
	return r;
}

static int get_cpus(struct cli *cli, int64_t *out)
{
	const char *text = words_text(&cli->words, "cpus");

	if (text && limits_nano_cpus(text, out) < 0)
		return words_refuse(text, "cpus", &cli->err,
				    "failed to parse %s as a rational number", text);
	return 0;
}

/* "0-2,4" */
static int get_set(struct cli *cli, const char *flag, char **out)
{
	const char *text = words_text(&cli->words, flag);

	if (!text)
		return 0;
	if (!*text || text[strspn(text, "0123456789,-")] != '\0')
		return words_refuse(text, flag, &cli->err, "it must be a list like 0-2,4");
	*out = (char *)text;
	return 0;
}

static int conflicts(struct cli *cli, const Cleat__V1__Limits *limits)
{
	if (limits->nano_cpus && (limits->cpu_quota || limits->cpu_period))
		return cleat_fail(
			&cli->err, EINVAL,
			"conflicting options: --cpus cannot be given with --cpu-quota or --cpu-period");
	if (limits->memory && limits->memory_swap > 0 && limits->memory_swap < limits->memory)
		return cleat_fail(&cli->err, EINVAL,
				  "minimum memoryswap limit should be larger than memory limit");
	return 0;
}

static int fill(struct cli *cli, Cleat__V1__Limits *limits)
{
	int64_t shares = 0;
	int64_t period = 0;
	int r = get_bytes(cli, "memory", false, &limits->memory);

	if (r == 0)
		r = get_bytes(cli, "memory-swap", true, &limits->memory_swap);
	if (r == 0)
		r = get_bytes(cli, "memory-reservation", false, &limits->memory_reservation);
	if (r == 0)
		r = get_cpus(cli, &limits->nano_cpus);
	if (r == 0)
		r = get_number(cli, "cpu-shares", 0, &shares);
	if (r == 0)
		r = get_number(cli, "cpu-quota", -1, &limits->cpu_quota);
	if (r == 0)
		r = get_number(cli, "cpu-period", 0, &period);
	if (r == 0)
		r = get_number(cli, "pids-limit", -1, &limits->pids);
	if (r == 0)
		r = get_set(cli, "cpuset-cpus", &limits->cpuset_cpus);
	if (r == 0)
		r = get_set(cli, "cpuset-mems", &limits->cpuset_mems);
	limits->cpu_shares = (uint64_t)shares;
	limits->cpu_period = (uint64_t)period;
	return r < 0 ? r : conflicts(cli, limits);
}

int limits_collect(struct cli *cli, Cleat__V1__Limits **out)
{
	Cleat__V1__Limits *limits = arena_alloc(&cli->arena, sizeof(*limits));
	int r = 0;

	cleat__v1__limits__init(limits);
	r = fill(cli, limits);
	if (r < 0)
		return r;
	/* An empty message on the wire means that nothing was asked for. */
	*out = cleat__v1__limits__get_packed_size(limits) > 0 ? limits : NULL;
	return 0;
}

/* ---- --ulimit nofile=1024:2048 --------------------------------------------------------------- */

static int one_limit(const char *text, uint64_t *out)
{
	if (text_eq(text, "-1") || text_eq(text, "unlimited")) {
		*out = UINT64_MAX;
		return 0;
	}
	return text_to_u64(text, out);
}

static int parse_ulimit(struct arena *arena, const char *text, Cleat__V1__Ulimit *out,
			struct cleat_error *err)
{
	static const char *const names[] = { "as",    "core",    "cpu",      "data",   "fsize",
					     "locks", "memlock", "msgqueue", "nice",   "nofile",
					     "nproc", "rss",     "rtprio",   "rttime", "sigpending",
					     "stack", NULL };
	char *rest = arena_text(arena, text);
	char *name = strsep(&rest, "=");
	const char *soft = strsep(&rest, ":");
	size_t i = 0;

	if (!soft)
		return cleat_fail(err, EINVAL, "invalid ulimit argument: %s", text);
	while (names[i] && !text_eq(names[i], name))
		i++;
	if (!names[i])
		return cleat_fail(err, EINVAL, "invalid ulimit type: %s", name);
	if (one_limit(soft, &out->soft) < 0 || one_limit(rest ? rest : soft, &out->hard) < 0)
		return cleat_fail(err, EINVAL, "invalid ulimit argument: %s", text);
	if (out->soft > out->hard)
		return cleat_fail(
			err, EINVAL,
			"ulimit soft limit must be less than or equal to hard limit: %s > %s", soft,
			rest);
	out->name = name;
	return 0;
}

int ulimits_collect(struct cli *cli, Cleat__V1__Ulimit ***out, size_t *out_n)
{
	for (char *const *item = words_list(&cli->words, "ulimit"); *item; item++) {
		Cleat__V1__Ulimit *limit = arena_alloc(&cli->arena, sizeof(*limit));
		struct cleat_error why = { 0 };

		cleat__v1__ulimit__init(limit);
		if (parse_ulimit(&cli->arena, *item, limit, &why) < 0)
			return words_refuse(*item, "ulimit", &cli->err, "%s", why.text);
		arena_append(&cli->arena, out, out_n, limit);
	}
	return 0;
}
