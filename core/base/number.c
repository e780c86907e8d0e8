/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.c - strict conversions: what is not wholly a number of the asked kind is an error.
 *
 * strtoul takes blanks, signs and wraps: "exec -u 99999999999" became another user's id in runc and
 * crun of Debian 12 (CVE-2024-40635, CVE-2026-46680 classes).
 */
#include "text.h"

#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Digits at the start of @s; advances it. */
static int digits(const char **s, uint64_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	for (; isdigit((unsigned char)**s); (*s)++)
		if (__builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(**s - '0'), &n))
			return -ERANGE;
	*out = n;
	return 0;
}

int text_to_u64(const char *s, uint64_t *out)
{
	uint64_t n = 0;
	int r = digits(&s, &n);

	if (r < 0)
		return r;
	if (*s)
		return -EINVAL;
	*out = n;
	return 0;
}

int text_to_u32(const char *s, uint32_t *out)
{
	uint64_t n = 0;
	int r = text_to_u64(s, &n);

	if (r < 0)
		return r;
	if (n > UINT32_MAX)
		return -ERANGE;
	*out = (uint32_t)n;
	return 0;
}

int text_to_i64(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t n = 0;
	int r = text_to_u64(s + negative, &n);

	if (r < 0)
		return r;
	if (n > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*out = negative ? (int64_t)(0 - n) : (int64_t)n;
	return 0;
}

/* The power of 1024 that a suffix means, or -EINVAL. */
static int suffix_power(const char *s)
{
	static const char letters[] = "bkmgtp";
	const char *found = *s ? strchr(letters, tolower((unsigned char)*s)) : letters;

	if (!found)
		return -EINVAL;
	if (*s)
		s++;
	if (found != letters && (*s == 'i' || *s == 'I'))
		s++;
	if (found != letters && (*s == 'b' || *s == 'B'))
		s++;
	return *s ? -EINVAL : (int)(found - letters);
}

int text_to_bytes(const char *s, uint64_t *out)
{
	uint64_t whole = 0;
	uint64_t tenths = 0;
	uint64_t scale = 1;
	int r = digits(&s, &whole);

	if (r < 0)
		return r;
	if (*s == '.' && isdigit((unsigned char)s[1]))
		for (s++; isdigit((unsigned char)*s); s++)
			if (scale < 1000000) {
				tenths = tenths * 10 + (uint64_t)(*s - '0');
				scale *= 10;
			}
	int power = suffix_power(s);

	if (power < 0)
		return power;
	uint64_t unit = 1ull << (10 * power);

	if (__builtin_mul_overflow(whole, unit, &whole))
		return -ERANGE;
	if (__builtin_add_overflow(whole, (uint64_t)((double)tenths / (double)scale * (double)unit),
				   &whole))
		return -ERANGE;
	*out = whole;
	return 0;
}

int text_to_duration(const char *s, uint64_t *out_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 },
		      { "us", 1000 },
		      { "ms", NS_PER_MS },
		      { "s", NS_PER_S },
		      { "m", 60 * NS_PER_S },
		      { "h", 3600 * NS_PER_S },
		      { "d", 86400 * NS_PER_S } };
	uint64_t total = 0;

	if (strcmp(s, "0") == 0) {
		*out_ns = 0;
		return 0;
	}
	do {
		uint64_t n = 0;
		int r = digits(&s, &n);
		size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz");
		bool known = false;

		if (r < 0)
			return r;
		for (size_t i = 0; i < sizeof(units) / sizeof(*units) && !known; i++)
			if (strlen(units[i].name) == len && strncmp(units[i].name, s, len) == 0) {
				if (__builtin_mul_overflow(n, units[i].ns, &n) ||
				    __builtin_add_overflow(total, n, &total))
					return -ERANGE;
				known = true;
			}
		if (!known)
			return -EINVAL;
		s += len;
	} while (*s);
	*out_ns = total;
	return 0;
}

int text_to_bool(const char *s, bool *out)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < 4; i++) {
		if (strcasecmp(s, yes[i]) == 0) {
			*out = true;
			return 0;
		}
		if (strcasecmp(s, no[i]) == 0) {
			*out = false;
			return 0;
		}
	}
	return -EINVAL;
}

static int realtime_signal(const char *s)
{
	bool from_max = strncasecmp(s, "RTMAX", 5) == 0;
	uint32_t n = 0;

	if (!from_max && strncasecmp(s, "RTMIN", 5) != 0)
		return -EINVAL;
	s += 5;
	if (*s && (*s != (from_max ? '-' : '+') || text_to_u32(s + 1, &n) < 0 || n > 30))
		return -EINVAL;
	return from_max ? SIGRTMAX - (int)n : SIGRTMIN + (int)n;
}

int text_to_signal(const char *s)
{
	uint32_t n = 0;

	if (text_to_u32(s, &n) == 0)
		return n >= 1 && n <= 64 ? (int)n : -EINVAL;
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	if (strcasecmp(s, "IOT") == 0)
		return SIGABRT;
	if (strcasecmp(s, "POLL") == 0)
		return SIGIO;
	for (int i = 1; i < 32; i++) {
		const char *name = sigabbrev_np(i);

		if (name && strcasecmp(name, s) == 0)
			return i;
	}
	return realtime_signal(s);
}

const char *text_signal_name(int signal)
{
	static char name[16];
	const char *abbreviation = signal > 0 && signal < 32 ? sigabbrev_np(signal) : NULL;

	if (abbreviation)
		(void)snprintf(name, sizeof(name), "SIG%s", abbreviation);
	else if (signal >= SIGRTMIN && signal <= SIGRTMAX)
		(void)snprintf(name, sizeof(name), "SIGRTMIN+%d", signal - SIGRTMIN);
	else
		return NULL;
	return name;
}
