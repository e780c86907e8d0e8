/* SPDX-License-Identifier: Apache-2.0 */
/* test_number.c - what is not wholly a number is an error (CVE-2024-40635 class, security.md U7). */
#include "support/unit.h"

#include "base/clock.h"
#include "base/text.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

static void ids_do_not_wrap(void)
{
	static const char *const bad[] = { "99999999999", "4294967296", "-1", "+1",  " 1", "1 ",
					   "0x0",         "1:2",        "",   "1e3", "one" };
	uint32_t n = 42;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CU_ASSERT(text_to_u32(bad[i], &n) < 0);
	CU_ASSERT_EQUAL(n, 42);
	CU_ASSERT_EQUAL(text_to_u32("4294967295", &n), 0);
	CU_ASSERT_EQUAL(n, UINT32_MAX);
	for (uint32_t i = 0; i < 70000; i += 999) {
		_cleanup_free_ char *s = text_format("%u", i);

		CU_ASSERT_EQUAL(text_to_u32(s, &n), 0);
		CU_ASSERT_EQUAL(n, i);
	}
}

static void signed_limits(void)
{
	int64_t n = 0;

	CU_ASSERT_EQUAL(text_to_i64("-9223372036854775808", &n), 0);
	CU_ASSERT_EQUAL(n, INT64_MIN);
	CU_ASSERT_EQUAL(text_to_i64("9223372036854775808", &n), -ERANGE);
	CU_ASSERT_EQUAL(text_to_i64("--1", &n), -EINVAL);
}

static void sizes(void)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "512", 512 },   { "64m", 64u << 20 },   { "64MB", 64u << 20 },
		     { "1KiB", 1024 }, { "1.5g", 3ull << 29 }, { "0", 0 },
		     { "7b", 7 } };
	static const char *const bad[] = { "",         "m",   "1x",  "1mm",
					   "-1m",      "1.m", "1 m", "99999999999999999999",
					   "16777216t" };
	uint64_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CU_ASSERT_EQUAL(text_to_bytes(good[i].text, &n), 0);
		CU_ASSERT_EQUAL(n, good[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CU_ASSERT(text_to_bytes(bad[i], &n) < 0);
}

static void durations(void)
{
	uint64_t n = 0;

	CU_ASSERT_EQUAL(text_to_duration("1m30s", &n), 0);
	CU_ASSERT_EQUAL(n, 90 * NS_PER_S);
	CU_ASSERT_EQUAL(text_to_duration("250ms", &n), 0);
	CU_ASSERT_EQUAL(n, 250 * NS_PER_MS);
	CU_ASSERT(text_to_duration("10", &n) < 0);
	CU_ASSERT(text_to_duration("s", &n) < 0);
	CU_ASSERT(text_to_duration("99999999999999d", &n) < 0);
}

static void signals(void)
{
	CU_ASSERT_EQUAL(text_to_signal("TERM"), SIGTERM);
	CU_ASSERT_EQUAL(text_to_signal("sigkill"), SIGKILL);
	CU_ASSERT_EQUAL(text_to_signal("1"), SIGHUP);
	CU_ASSERT_EQUAL(text_to_signal("SIGRTMIN+3"), SIGRTMIN + 3);
	CU_ASSERT_EQUAL(text_to_signal("RTMAX"), SIGRTMAX);
	CU_ASSERT(text_to_signal("0") < 0);
	CU_ASSERT(text_to_signal("65") < 0);
	CU_ASSERT(text_to_signal("-1") < 0);
	CU_ASSERT(text_to_signal("FOO") < 0);
	CU_ASSERT(text_to_signal("") < 0);
	CU_ASSERT_STRING_EQUAL(text_signal_name(SIGTERM), "SIGTERM");
}

static void words_of_truth(void)
{
	bool yes = false;

	CU_ASSERT_EQUAL(text_to_bool("Yes", &yes), 0);
	CU_ASSERT_TRUE(yes);
	CU_ASSERT_EQUAL(text_to_bool("off", &yes), 0);
	CU_ASSERT_FALSE(yes);
	CU_ASSERT(text_to_bool("maybe", &yes) < 0);
}

UNIT_MAIN("number", UNIT_TEST(ids_do_not_wrap), UNIT_TEST(signed_limits), UNIT_TEST(sizes),
	  UNIT_TEST(durations), UNIT_TEST(signals), UNIT_TEST(words_of_truth))
