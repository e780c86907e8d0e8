/* SPDX-License-Identifier: Apache-2.0 */
/* test_records.c - formats and options: from bytes to bytes. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>

static const char stamp[STAMP_TEXT] = "2026-11-22T00:28:31.123456789Z";
static char record[RECORD_MAX];

static const char *made(enum format format, const char *text, bool full, bool is_err)
{
	size_t n = format_record(format, record, text, strlen(text), full, is_err, stamp);

	CU_ASSERT_EQUAL(record[n - 1], '\n');
	CU_ASSERT_PTR_EQUAL(memchr(record, '\n', n), record + n - 1);
	CU_ASSERT_EQUAL(format_is_full(format, record, n), full);
	record[n] = '\0';
	return record;
}

static void time_stamps(void)
{
	struct stamp now = { 0 };

	format_stamp(&now, 1795307311123456789u);
	CU_ASSERT_STRING_EQUAL(now.text, "2026-11-22T00:28:31.123456789Z");
	format_stamp(&now, 1795307311000000001u); /* the same second */
	CU_ASSERT_STRING_EQUAL(now.text, "2026-11-22T00:28:31.000000001Z");
	format_stamp(&now, 0);
	CU_ASSERT_STRING_EQUAL(now.text, "1970-01-01T00:00:00.000000000Z");
	CU_ASSERT_EQUAL(now.ns, 0);
}

static void json_is_dockers(void)
{
	CU_ASSERT_STRING_EQUAL(made(FORMAT_JSON, "hello", true, false),
			       "{\"log\":\"hello\\n\",\"stream\":\"stdout\",\"time\":"
			       "\"2026-11-22T00:28:31.123456789Z\"}\n");
	CU_ASSERT_STRING_EQUAL(made(FORMAT_JSON, "a\"b\\c\td\re\x01\x7f\xff", false, true),
			       "{\"log\":\"a\\\"b\\\\c\\td\\re\\u0001\x7f\xff\",\"stream\":"
			       "\"stderr\",\"time\":\"2026-11-22T00:28:31.123456789Z\"}\n");
	(void)made(FORMAT_JSON, "", true, false);
	(void)made(FORMAT_JSON, "", false, false);
}

/* Text is looked at sixteen bytes at a time: what is special may be anywhere. */
static void what_is_special_is_found_everywhere(void)
{
	static const char *const escaped[] = { "\\u0001", "\\\"", "\\\\", "\\u001f", "\xff" };
	static const char special[] = "\x01\"\\\x1f\xff";
	char text[64];
	char wanted[256];

	for (size_t len = 1; len <= 40; len++)
		for (size_t at = 0; at < len; at++)
			for (size_t which = 0; which < 5; which++) {
				memset(text, ' ', len);
				text[len] = '\0';
				text[at] = special[which];
				(void)snprintf(wanted, sizeof(wanted), "{\"log\":\"%.*s%s%s\\n\",",
					       (int)at, text, escaped[which], text + at + 1);
				const char *got = made(FORMAT_JSON, text, true, false);

				CU_ASSERT_EQUAL(strncmp(got, wanted, strlen(wanted)), 0);
			}
}

/* Text that only looks as if it ended in a newline. */
static void an_end_is_not_guessed(void)
{
	(void)made(FORMAT_JSON, "path\\n", false, false);
	(void)made(FORMAT_JSON, "\\", false, false);
	(void)made(FORMAT_JSON, "\\", true, false);
	(void)made(FORMAT_JSON, "n", false, false);
	(void)made(FORMAT_JSON, "\\\\n", true, true);
	(void)made(FORMAT_CRI, "F P F", false, true);
}

static void cri_is_kubernetes(void)
{
	CU_ASSERT_STRING_EQUAL(made(FORMAT_CRI, "hello \\ \"x\"", true, false),
			       "2026-11-22T00:28:31.123456789Z stdout F hello \\ \"x\"\n");
	CU_ASSERT_STRING_EQUAL(made(FORMAT_CRI, "", false, true),
			       "2026-11-22T00:28:31.123456789Z stderr P \n");
}

static void the_worst_record_fits(void)
{
	static char worst[PIECE_MAX];

	memset(worst, 1, sizeof(worst));
	CU_ASSERT(format_record(FORMAT_JSON, record, worst, sizeof(worst), true, true, stamp) <=
		  RECORD_MAX);
}

static void options_are_strict(void)
{
	static const char *const good[][2] = {
		{ "max-size", "10m" },  { "max-size", "4K" },       { "max-size", "512" },
		{ "max-size", "1GiB" }, { "max-size", "-1" },       { "max-file", "1" },
		{ "format", "cri" },    { "mode", "non-blocking" }, { "max-buffer-size", "64k" },
	};
	static const char *const bad[][2] = {
		{ "max-size", "" },     { "max-size", "m" },
		{ "max-size", "10x" },  { "max-size", "1.5m" },
		{ "max-size", "-2" },   { "max-file", "0" },
		{ "max-file", "1001" }, { "max-size", "99999999999g" },
		{ "format", "xml" },    { "mode", "" },
		{ "colour", "a" },      { "max-buffer-size", "1" },
	};
	struct settings s = { 0 };
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		UNIT_OK(options_set(&s, good[i][0], good[i][1], &err), err);
	CU_ASSERT(s.format == FORMAT_CRI && s.mode == MODE_NON_BLOCKING && s.max_size == 0);
	CU_ASSERT(s.max_file == 1 && s.max_buffer == 64 << 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(options_set(&s, bad[i][0], bad[i][1], &err), EINVAL, err, "log option");
	UNIT_OK(options_set(&s, "max-size", "10m", &err), err);
	CU_ASSERT_EQUAL(s.max_size, 10 << 20);
}

UNIT_MAIN("io/log records", UNIT_TEST(time_stamps), UNIT_TEST(json_is_dockers),
	  UNIT_TEST(what_is_special_is_found_everywhere), UNIT_TEST(an_end_is_not_guessed),
	  UNIT_TEST(cri_is_kubernetes), UNIT_TEST(the_worst_record_fits),
	  UNIT_TEST(options_are_strict))
