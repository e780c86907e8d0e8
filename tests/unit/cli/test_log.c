/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - times and records of `cleat logs`; files under rotation. */
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "cli/log_files.h"
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

/* ---- files ------------------------------------------------------------------------------------------ */

static char dir[] = "/tmp/cleat-logfiles-XXXXXX";

static void append(const char *name, int from, int to)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "ae");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = from; i < to; i++)
		(void)fprintf(f, TIME " stdout F %d\n", i);
	(void)fclose(f);
}

static void move(const char *from, const char *to)
{
	char a[96];
	char b[96];

	(void)snprintf(a, sizeof(a), "%s/%s", dir, from);
	(void)snprintf(b, sizeof(b), "%s/%s", dir, to);
	CU_ASSERT_EQUAL(rename(a, b), 0);
}

/* How many records are there now; they must be numbered on from @from. */
static int count(struct log_files *files, int from)
{
	struct log_record r;
	struct cleat_error err = { 0 };
	int n = 0;

	while (log_files_next(files, &r, &err) > 0) {
		CU_ASSERT_EQUAL(atoi(r.text), from + n);
		n++;
	}
	return n;
}

static bool all(void *arg, const struct log_record *r)
{
	(void)arg;
	(void)r;
	return true;
}

static void a_reader_walks_through_rotations(void)
{
	struct log_files files;
	struct cleat_error err = { 0 };
	char path[96];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/container.log", dir);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(&files, 0), 0); /* there is nothing yet */
	append("container.log.1", 0, 5);
	append("container.log", 5, 10);
	log_files_close(&files);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(&files, 0), 10);
	append("container.log", 10, 12); /* written after we saw its end, before it is renamed */
	move("container.log.1", "container.log.2");
	move("container.log", "container.log.1");
	CU_ASSERT_EQUAL(count(&files, 10), 2);
	append("container.log", 12, 14);
	move("container.log.2", "container.log.3");
	move("container.log.1", "container.log.2");
	move("container.log", "container.log.1");
	append("container.log", 14, 20); /* two rotations between two looks */
	CU_ASSERT_EQUAL(count(&files, 12), 8);
	CU_ASSERT(!files.missed && files.damaged == 0);
	log_files_close(&files);
	for (uint64_t n = 0; n < 22; n++) {
		UNIT_OK(log_files_open(&files, path, &err), err);
		log_files_tail(&files, n, all, NULL);
		CU_ASSERT_EQUAL(count(&files, n < 20 ? 20 - (int)n : 0), n < 20 ? (int)n : 20);
		log_files_close(&files);
	}
	CU_ASSERT_EQUAL(dir_remove_tree(AT_FDCWD, dir, &err), 0);
}

UNIT_MAIN("cleat logs", UNIT_TEST(times_are_read), UNIT_TEST(records_are_read),
	  UNIT_TEST(damage_is_noticed), UNIT_TEST(a_reader_walks_through_rotations))
