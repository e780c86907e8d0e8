/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - one value by its schema row: parse, check the limits, store into the field. */
#include "config.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 12, -3, 0x1f, 4K. */
static int parse_int(const char *text, int64_t *out)
{
	bool negative = text[0] == '-';
	const char *digits = text + negative;
	uint64_t n = 0;
	int r = 0;

	if (text_starts(digits, "0x") || text_starts(digits, "0X")) {
		size_t len = strlen(digits + 2);
		char *end = NULL;

		if (len == 0 || len > 16 || strspn(digits + 2, "0123456789abcdefABCDEF") != len)
			return -EINVAL;
		n = strtoull(digits + 2, &end, 16);
	} else if (strchr(digits, '.')) {
		return -EINVAL; /* text_to_bytes takes 1.5g, an integer is whole */
	} else {
		r = text_to_bytes(digits, &n);
	}
	if (r < 0)
		return r;
	if (n > (uint64_t)INT64_MAX)
		return -ERANGE;
	*out = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

/* "LOW..HIGH" in two texts; -EINVAL when it is not that. */
static int split_limits(const char *limits, char low[64], char high[64])
{
	const char *dots = strstr(limits, "..");

	if (!dots || dots == limits || !dots[2] || dots - limits >= 64 || strlen(dots + 2) >= 64)
		return -EINVAL;
	memcpy(low, limits, (size_t)(dots - limits));
	low[dots - limits] = '\0';
	memcpy(high, dots + 2, strlen(dots + 2) + 1);
	return 0;
}

static int bad_limits(const struct cleat_key *key, struct cleat_error *err)
{
	return cleat_fail(err, EINVAL, "the limits '%s' of key '%s' cannot be read",
			  key->limits ? key->limits : "", key->name);
}

static int parse_integer(const struct cleat_key *key, const char *value, void *field,
			 struct cleat_error *err)
{
	int64_t n = 0;
	int64_t least = INT64_MIN;
	int64_t most = INT64_MAX;
	char low[64];
	char high[64];

	if (key->limits &&
	    (split_limits(key->limits, low, high) < 0 || parse_int(low, &least) < 0 ||
	     parse_int(high, &most) < 0 || least > most))
		return bad_limits(key, err);
	if (parse_int(value, &n) < 0)
		return cleat_fail(err, EINVAL, "'%s' is no integer (12, 0x1f, 4K, 64M, 2G)", value);
	if (n < least || n > most)
		return cleat_fail(err, EINVAL, "%s is not within %s", value, key->limits);
	memcpy(field, &n, sizeof(n));
	return 0;
}

/* Of "1h|never" the word is cut off. */
static void may_be_never(char *high, bool *out)
{
	char *word = strstr(high, "|never");

	*out = word && !word[strlen("|never")];
	if (*out)
		*word = '\0';
}

static int parse_duration(const struct cleat_key *key, const char *value, void *field,
			  struct cleat_error *err)
{
	uint64_t ns = 0;
	uint64_t least = 0;
	uint64_t most = UINT64_MAX;
	bool never = false;
	char low[64];
	char high[64];

	if (key->limits &&
	    (split_limits(key->limits, low, high) < 0 || text_to_duration(low, &least) < 0 ||
	     (may_be_never(high, &never), text_to_duration(high, &most) < 0) || least > most))
		return bad_limits(key, err);
	if (never && text_eq(value, "never")) {
		ns = CLEAT_NEVER;
		memcpy(field, &ns, sizeof(ns));
		return 0;
	}
	if (text_to_duration(value, &ns) < 0)
		return cleat_fail(err, EINVAL, "'%s' is no duration (250ms, 10s, 5m, 2h)", value);
	if (ns < least || ns > most)
		return cleat_fail(err, EINVAL, "%s is not within %s", value, key->limits);
	memcpy(field, &ns, sizeof(ns));
	return 0;
}

static int parse_choice(const struct cleat_key *key, const char *value, void *field,
			struct cleat_error *err)
{
	size_t len = strlen(value);
	uint32_t index = 0;

	if (!key->limits || !key->limits[0])
		return bad_limits(key, err);
	for (const char *word = key->limits;; index++) {
		size_t n = strcspn(word, "|");

		if (n == 0)
			return bad_limits(key, err);
		if (n == len && memcmp(word, value, n) == 0)
			break;
		if (!word[n])
			return cleat_fail(err, EINVAL, "'%s' is none of %s", value, key->limits);
		word += n + 1;
	}
	memcpy(field, &index, sizeof(index));
	return 0;
}

static int parse_bool(const char *value, void *field, struct cleat_error *err)
{
	bool truth = false;

	if (text_to_bool(value, &truth) < 0)
		return cleat_fail(err, EINVAL, "'%s' is neither yes nor no", value);
	memcpy(field, &truth, sizeof(truth));
	return 0;
}

/* A number whose row has the fallback "" need not be set. */
static bool is_unset(const struct cleat_key *key, const char *value, void *field)
{
	static const int64_t integer = CLEAT_UNSET_INT;
	static const uint64_t duration = CLEAT_UNSET_DURATION;

	if (*value || !key->fallback || *key->fallback)
		return false;
	if (key->kind == CLEAT_INT)
		memcpy(field, &integer, sizeof(integer));
	else if (key->kind == CLEAT_DURATION)
		memcpy(field, &duration, sizeof(duration));
	else
		return false;
	return true;
}

int config_parse_value(const struct cleat_key *key, const char *value, void *field,
		       struct cleat_error *err)
{
	if (is_unset(key, value, field))
		return 0;
	switch (key->kind) {
	case CLEAT_BOOL:
		return parse_bool(value, field, err);
	case CLEAT_INT:
		return parse_integer(key, value, field, err);
	case CLEAT_DURATION:
		return parse_duration(key, value, field, err);
	case CLEAT_CHOICE:
		return parse_choice(key, value, field, err);
	case CLEAT_STRING:
		memcpy(field, &value, sizeof(value));
		return 0;
	default:
		return cleat_fail(err, EINVAL, "key '%s' is of the unknown kind %u", key->name,
				  key->kind);
	}
}

/* Without a fallback, a value that the limits themselves allow tells whether they can be read. */
static const char *sample(const struct cleat_key *key, char room[64])
{
	char high[64];

	if (key->fallback)
		return key->fallback;
	if (key->kind == CLEAT_CHOICE && key->limits) {
		size_t n = strcspn(key->limits, "|");

		(void)snprintf(room, 64, "%.*s", (int)n, key->limits);
		return room;
	}
	if (key->limits && split_limits(key->limits, room, high) == 0)
		return room;
	return key->kind == CLEAT_BOOL ? "no" : "0";
}

int config_check_key(const struct cleat_key *key, struct cleat_error *err)
{
	union {
		bool truth;
		int64_t integer;
		uint64_t duration;
		const char *text;
	} field;
	char room[64];

	if (key->limits && (key->kind == CLEAT_BOOL || key->kind == CLEAT_STRING))
		return cleat_fail(err, EINVAL, "key '%s' has limits, which its kind cannot have",
				  key->name);
	return config_parse_value(key, sample(key, room), &field, err);
}
