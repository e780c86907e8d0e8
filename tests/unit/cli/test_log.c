/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - times and records of `cleat logs`. */
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log_record.h"
#include "cli/log_time.h"

#define S 1000000000ull

static void times_are_read(void)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "2026-11-22T00:28:31Z", 1795307311 * S },
		{ "2026-11-22T00:28:31.5Z", 1795307311 * S + S / 2 },
		{ "2026-11-22T01:28:31.123456789+01:00", 1795307311 * S + 123456789 },
		{ "2026-11-21T23:58:31-00:30", 1795307311 * S },
		{ "2026-11-22T00:28:31", 1795307311 * S },
		{ "2026-11-22", 1795305600 * S },
		{ "2024-02-29T12:00Z", 1709208000 * S },
		{ "1795307311", 1795307311 * S },
		{ "1795307311.25", 1795307311 * S + S / 4 },
		{ "10m", 1400 * S },
		{ "1h30m", 0 },
	};
	static const char *const bad[] = { "",
					   "yesterday",
					   "2026-13-01",
					   "2026-11-22T",
					   "2026-11-22T25:00Z",
					   "12.",
					   "-5",
					   "2026-11-22T00:28:31Zx",
					   "1.2.3",
					   "99999999999999999999" };
	uint64_t ns = 0;

	(void)setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		CU_ASSERT_EQUAL(log_time_parse(good[i].text, 2000 * S, &ns), 0);
		CU_ASSERT_EQUAL(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CU_ASSERT_EQUAL(log_time_parse(bad[i], 2000 * S, &ns), -EINVAL);
}

static bool parse(const char *line, struct log_record *out)
{
	static char room[512];
	size_t len = strlen(line);

	memcpy(room, line, len);
	return log_record_parse(room, len, out);
}

static bool is(const struct log_record *r, const char *text, bool full, bool is_err)
{
	return r->len == strlen(text) && memcmp(r->text, text, r->len) == 0 && r->full == full &&
	       r->is_err == is_err;
}

#define TIME       "2026-11-22T00:28:31.123456789Z"
#define JSON(text) "{\"log\":\"" text "\",\"stream\":\"stderr\",\"time\":\"" TIME "\"}"

static void records_are_read(void)
{
	struct log_record r;

	CU_ASSERT(parse(JSON("hello\\n"), &r) && is(&r, "hello", true, true));
	CU_ASSERT(r.stamp_len == strlen(TIME) && memcmp(r.stamp, TIME, r.stamp_len) == 0);
	CU_ASSERT(parse(JSON("a\\\"b\\\\n"), &r) && is(&r, "a\"b\\n", false, true));
	CU_ASSERT(parse(JSON("\\u0001\\u00e9\\u20ac\\ud83d\\ude00\xff"), &r) &&
		  is(&r, "\x01\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff", false, true));
	CU_ASSERT(
		parse("{\"log\":\"x\\n\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"b\"},\"time\":\"" TIME
		      "\"}",
		      &r) &&
		is(&r, "x", true, false));
	CU_ASSERT(parse(TIME " stdout F two words ", &r) && is(&r, "two words ", true, false));
	CU_ASSERT(parse(TIME " stderr P ", &r) && is(&r, "", false, true));
	CU_ASSERT(parse(TIME " stdout F:tag x", &r) && is(&r, "x", true, false));
}

static void damage_is_noticed(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"{\"log\":\"",
		JSON("\\x"),
		JSON("\\u12"),
		"{\"log\":\"half a rec",
		"{\"log\":\"a\",\"stream\":\"stderr\"}",
		"hello",
		TIME,
		TIME " stdout",
		TIME " stdxxx F a",
		TIME " stdout X a",
		TIME " stdout F",
		"x stdout F a",
	};
	struct log_record r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CU_ASSERT_FALSE(parse(bad[i], &r));
}

UNIT_MAIN("cleat logs", UNIT_TEST(times_are_read), UNIT_TEST(records_are_read),
	  UNIT_TEST(damage_is_noticed))
