/* SPDX-License-Identifier: Apache-2.0 */
/* test_ago.c - docker's words for times and sizes. */
#include "base/clock.h"
#include "cli/ago.h"
#include "support/unit.h"

static void says(uint64_t seconds, const char *wanted)
{
	char out[AGO_TEXT];

	ago_duration(seconds * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, wanted);
}

static void durations(void)
{
	says(0, "Less than a second");
	says(1, "1 second");
	says(59, "59 seconds");
	says(60, "About a minute");
	says(119, "About a minute");
	says(120, "2 minutes");
	says(59 * 60, "59 minutes");
	says(3600, "About an hour");
	says(2 * 3600, "2 hours");
	says(47 * 3600, "47 hours");
	says(48 * 3600, "2 days");
	says(14 * 24 * 3600, "2 weeks");
	says(60ull * 24 * 3600, "2 months");
	says(800ull * 24 * 3600, "2 years");
}

static void moments(void)
{
	char out[AGO_TEXT];

	ago_since(10 * NS_PER_S, 15 * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, "5 seconds ago");
	ago_since(0, 15 * NS_PER_S, out);
	CU_ASSERT_STRING_EQUAL(out, "");
	ago_since(20 * NS_PER_S, 15 * NS_PER_S, out); /* the clock was set back */
	CU_ASSERT_STRING_EQUAL(out, "Less than a second ago");
}

static void sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0B" },
		{ 999, "999B" },
		{ 1000, "1kB" },
		{ 1500, "1.5kB" },
		{ 999499, "999kB" },
		{ 999999, "1MB" },
		{ 117000000, "117MB" },
		{ 1234567890, "1.23GB" },
	};
	char out[AGO_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ago_size(rows[i].bytes, out);
		CU_ASSERT_STRING_EQUAL(out, rows[i].text);
	}
}

UNIT_MAIN("cli/ago", UNIT_TEST(durations), UNIT_TEST(moments), UNIT_TEST(sizes))
