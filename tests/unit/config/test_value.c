/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "config/config.h"

#include <string.h>

static struct cleat_key row(uint32_t kind, const char *fallback, const char *limits)
{
	return (struct cleat_key){
		.name = "k", .fallback = fallback, .limits = limits, .doc = "d", .kind = kind
	};
}

static void integers_are_strict(void)
{
	static const struct {
		const char *text;
		int64_t n;
	} good[] = { { "0", 0 },     { "-3", -3 },         { "0x1F", 31 },
		     { "4K", 4096 }, { "2G", 2147483648 }, { "9223372036854775807", INT64_MAX } };
	static const char *const bad[] = { "",
					   "x",
					   "1 ",
					   "0x",
					   "+1",
					   "1.5g",
					   "9223372036854775808",
					   "--1",
					   "0xg",
					   "1e3",
					   "0x11112222333344445" };
	struct cleat_key key = row(CLEAT_INT, "0", NULL);
	struct cleat_error err = { 0 };
	int64_t n = 99;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		UNIT_OK(config_parse_value(&key, good[i].text, &n, &err), err);
		CU_ASSERT_EQUAL(n, good[i].n);
	}
	n = 99;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(config_parse_value(&key, bad[i], &n, &err), EINVAL, err,
			   "is no integer");
	CU_ASSERT_EQUAL(n, 99); /* untouched on failure */
}

static void limits_include_their_ends(void)
{
	struct cleat_key key = row(CLEAT_INT, "0", "-5..10");
	struct cleat_error err = { 0 };
	int64_t n = 0;

	UNIT_OK(config_parse_value(&key, "-5", &n, &err), err);
	UNIT_OK(config_parse_value(&key, "10", &n, &err), err);
	UNIT_FAILS(config_parse_value(&key, "11", &n, &err), EINVAL, err,
		   "11 is not within -5..10");
	UNIT_FAILS(config_parse_value(&key, "-6", &n, &err), EINVAL, err, "-5..10");
}

static void choices_are_whole_words(void)
{
	struct cleat_key key = row(CLEAT_CHOICE, "none", "none|full");
	struct cleat_error err = { 0 };
	uint32_t n = 9;

	UNIT_OK(config_parse_value(&key, "full", &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	UNIT_FAILS(config_parse_value(&key, "ful", &n, &err), EINVAL, err, "none of none|full");
	UNIT_FAILS(config_parse_value(&key, "fully", &n, &err), EINVAL, err, "none of none|full");
	UNIT_FAILS(config_parse_value(&key, "", &n, &err), EINVAL, err, "none of none|full");
}

static void bad_rows_are_found(void)
{
	static const struct {
		uint32_t kind;
		const char *fallback, *limits, *words;
	} rows[] = {
		{ CLEAT_INT, "0", "1..", "cannot be read" },
		{ CLEAT_INT, "0", "9..1", "cannot be read" },
		{ CLEAT_INT, "0", "1..5", "0 is not within 1..5" },
		{ CLEAT_INT, NULL, "a..b", "cannot be read" },
		{ CLEAT_DURATION, "5", NULL, "'5' is no duration" },
		{ CLEAT_DURATION, "5s", "1..2", "cannot be read" },
		{ CLEAT_CHOICE, "a", NULL, "cannot be read" },
		{ CLEAT_CHOICE, "c", "a|b", "'c' is none of a|b" },
		{ CLEAT_CHOICE, NULL, "|b", "cannot be read" },
		{ CLEAT_BOOL, "perhaps", NULL, "neither yes nor no" },
		{ CLEAT_STRING, "x", "1..2", "has limits" },
		{ 17, "x", NULL, "unknown kind 17" },
	};
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cleat_key key = row(rows[i].kind, rows[i].fallback, rows[i].limits);

		CU_ASSERT_TRUE(config_check_key(&key, &err) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].words));
	}
}

static void good_rows_pass(void)
{
	struct cleat_key rows[] = {
		row(CLEAT_INT, NULL, "5..9"),   row(CLEAT_DURATION, NULL, "1s..1h"),
		row(CLEAT_CHOICE, NULL, "a|b"), row(CLEAT_STRING, NULL, NULL),
		row(CLEAT_BOOL, NULL, NULL),    row(CLEAT_STRING, "", NULL),
	};
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		UNIT_OK(config_check_key(&rows[i], &err), err);
}

static void a_number_may_be_unset(void)
{
	struct cleat_key integer = row(CLEAT_INT, "", "1..9");
	struct cleat_key duration = row(CLEAT_DURATION, "", "0..1d|never");
	struct cleat_key strict = row(CLEAT_DURATION, "1s", "0..1d");
	struct cleat_error err = { 0 };
	int64_t n = 0;
	uint64_t ns = 0;

	UNIT_OK(config_check_key(&integer, &err), err);
	UNIT_OK(config_check_key(&duration, &err), err);
	UNIT_OK(config_parse_value(&integer, "", &n, &err), err);
	CU_ASSERT_EQUAL(n, CLEAT_UNSET_INT);
	UNIT_OK(config_parse_value(&duration, "", &ns, &err), err);
	CU_ASSERT_EQUAL(ns, CLEAT_UNSET_DURATION);
	UNIT_OK(config_parse_value(&duration, "never", &ns, &err), err);
	CU_ASSERT_EQUAL(ns, CLEAT_NEVER);
	UNIT_FAILS(config_parse_value(&duration, "2d", &ns, &err), EINVAL, err, "not within");
	UNIT_FAILS(config_parse_value(&strict, "", &ns, &err), EINVAL, err, "no duration");
	UNIT_FAILS(config_parse_value(&strict, "never", &ns, &err), EINVAL, err, "no duration");
}

UNIT_MAIN("config/value", UNIT_TEST(integers_are_strict), UNIT_TEST(limits_include_their_ends),
	  UNIT_TEST(choices_are_whole_words), UNIT_TEST(bad_rows_are_found),
	  UNIT_TEST(good_rows_pass), UNIT_TEST(a_number_may_be_unset))
