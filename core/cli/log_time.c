/* SPDX-License-Identifier: Apache-2.0 */
/* log_time.c - points in time as users and log files write them. */
#include "cli/log_time.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, char wanted)
{
	if (c->at >= c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static bool digits(struct cursor *c, int n, int *out)
{
	int value = 0;

	for (int i = 0; i < n; i++, c->at++) {
		if (c->at >= c->end || *c->at < '0' || *c->at > '9')
			return false;
		value = value * 10 + (*c->at - '0');
	}
	*out = value;
	return true;
}

/* ".5" as nanoseconds; more than nine digits are cut. */
static bool fraction(struct cursor *c, uint64_t *out_ns)
{
	uint64_t unit = NS_PER_S;
	const char *first = c->at;

	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
		unit /= 10;
		*out_ns += unit * (uint64_t)(*c->at - '0');
	}
	return c->at > first;
}

static int64_t days_since_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_sane(const struct tm *tm)
{
	return tm->tm_year >= 1970 && tm->tm_mon >= 1 && tm->tm_mon <= 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= 31 && tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

static bool clock_part(struct cursor *c, struct tm *tm, uint64_t *ns)
{
	if (!digits(c, 2, &tm->tm_hour) || !take(c, ':') || !digits(c, 2, &tm->tm_min))
		return false;
	if (take(c, ':') && !digits(c, 2, &tm->tm_sec))
		return false;
	return !take(c, '.') || fraction(c, ns);
}

/* Seconds to take away; *out_local when there is no zone. */
static bool zone(struct cursor *c, int64_t *out_s, bool *out_local)
{
	int hours = 0;
	int minutes = 0;

	*out_local = c->at == c->end;
	if (*out_local || take(c, 'Z'))
		return c->at == c->end;
	int sign = take(c, '-') ? -1 : 1;

	if (sign > 0 && !take(c, '+'))
		return false;
	if (!digits(c, 2, &hours) || !take(c, ':') || !digits(c, 2, &minutes))
		return false;
	*out_s = sign * (hours * 3600 + minutes * 60);
	return c->at == c->end;
}

int log_time_rfc3339(const char *text, size_t len, uint64_t *out_ns)
{
	struct cursor c = { text, text + len };
	struct tm tm = { .tm_isdst = -1 };
	uint64_t ns = 0;
	int64_t offset = 0;
	bool local = false;

	if (!digits(&c, 4, &tm.tm_year) || !take(&c, '-') || !digits(&c, 2, &tm.tm_mon) ||
	    !take(&c, '-') || !digits(&c, 2, &tm.tm_mday))
		return -EINVAL;
	if (take(&c, 'T') && !clock_part(&c, &tm, &ns))
		return -EINVAL;
	if (!zone(&c, &offset, &local) || !is_sane(&tm))
		return -EINVAL;
	int64_t seconds = days_since_1970(tm.tm_year, tm.tm_mon, tm.tm_mday) * 86400 +
			  tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec - offset;

	if (local) {
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		seconds = mktime(&tm);
	}
	if (seconds < 0)
		return -EINVAL;
	*out_ns = (uint64_t)seconds * NS_PER_S + ns;
	return 0;
}

static int unix_seconds(const char *text, uint64_t *out_ns)
{
	struct cursor c = { text, text + strlen(text) };
	uint64_t seconds = 0;
	uint64_t ns = 0;

	if (c.at == c.end)
		return -EINVAL;
	for (; c.at < c.end && *c.at >= '0' && *c.at <= '9'; c.at++) {
		seconds = seconds * 10 + (uint64_t)(*c.at - '0');
		if (seconds > UINT64_MAX / NS_PER_S / 2)
			return -EINVAL;
	}
	if (c.at == text || (take(&c, '.') && !fraction(&c, &ns)) || c.at != c.end)
		return -EINVAL;
	*out_ns = seconds * NS_PER_S + ns;
	return 0;
}

int log_time_parse(const char *text, uint64_t now_ns, uint64_t *out_ns)
{
	uint64_t ago = 0;

	if (unix_seconds(text, out_ns) == 0 || log_time_rfc3339(text, strlen(text), out_ns) == 0)
		return 0;
	if (text_to_duration(text, &ago) < 0)
		return -EINVAL;
	*out_ns = now_ns > ago ? now_ns - ago : 0;
	return 0;
}
