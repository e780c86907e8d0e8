/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c - the reader takes JSON, all of it, and nothing else (security.md R20). */
#include "support/unit.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <string.h>

static int parse(const char *text, struct json_doc **doc, struct cleat_error *err)
{
	return json_parse(text, strlen(text), doc, err);
}

static void values_are_found(void)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	const char *name = NULL;
	bool yes = false;

	UNIT_OK(parse("{\"a\":{\"b\":[1,true,\"x\"]},\"n\":\"v\",\"t\":true,\"z\":null}", &doc,
		      &err),
		err);
	const struct json *root = json_root(doc);

	CU_ASSERT_EQUAL(json_len(json_path(root, "a.b")), 3);
	CU_ASSERT_EQUAL(json_type(json_at(json_path(root, "a.b"), 1)), JSON_BOOL);
	UNIT_OK(json_get_text(root, "n", &name, &err), err);
	CU_ASSERT_STRING_EQUAL(name, "v");
	UNIT_OK(json_get_bool(root, "t", &yes, &err), err);
	CU_ASSERT_TRUE(yes);
	CU_ASSERT_PTR_NULL(json_get(root, "z"));
	CU_ASSERT_PTR_NULL(json_get(root, "absent"));
	CU_ASSERT_PTR_NULL(json_path(root, "n.deeper"));
}

static void big_numbers_keep_their_digits(void)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	uint64_t u = 0;
	int64_t i = 0;
	uint32_t small = 7;

	UNIT_OK(parse("{\"u\":18446744073709551615,\"i\":-9223372036854775808,\"m\":-1,\"f\":1.5,"
		      "\"over\":18446744073709551616,\"w\":4294967296}",
		      &doc, &err),
		err);
	const struct json *root = json_root(doc);

	UNIT_OK(json_get_u64(root, "u", &u, &err), err);
	CU_ASSERT_EQUAL(u, UINT64_MAX);
	UNIT_OK(json_get_i64(root, "i", &i, &err), err);
	CU_ASSERT_EQUAL(i, INT64_MIN);
	UNIT_FAILS(json_get_u64(root, "m", &u, &err), EINVAL, err, "m must be");
	UNIT_FAILS(json_get_u64(root, "f", &u, &err), EINVAL, err, "f must be");
	UNIT_FAILS(json_get_u64(root, "over", &u, &err), EINVAL, err, "over");
	UNIT_FAILS(json_get_u32(root, "w", &small, &err), EINVAL, err, "2^32-1");
	CU_ASSERT_EQUAL(small, 7);
	UNIT_OK(json_get_u32(root, "absent", &small, &err), err);
	CU_ASSERT_EQUAL(small, 7);
}

static void nonsense_is_refused(void)
{
	static const char *const bad[] = { "",
					   "{",
					   "{}x",
					   "{}{}",
					   "[1,]",
					   "{\"a\":1,\"a\":2}",
					   "\"a\\u0000b\"",
					   "{\"a\\u0000b\":1}",
					   "\xef\xbb\xbf{}",
					   "\"\xff\xfe\"",
					   "{'a':1}",
					   "nul" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct json_doc *doc = NULL;
		struct cleat_error err = { 0 };

		CU_ASSERT(parse(bad[i], &doc, &err) < 0);
		CU_ASSERT_PTR_NULL(doc);
		CU_ASSERT(err.text[0] != '\0');
	}
}

static void duplicate_keys_are_named(void)
{
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	UNIT_FAILS(parse("{\n \"a\":1,\n \"b\":2,\n \"a\":3}", &doc, &err), EINVAL, err,
		   "duplicate key \"a\"");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "line 4"));
}

static void depth_is_limited(void)
{
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	_cleanup_free_ char *deep = malloc(200001);

	CU_ASSERT_PTR_NOT_NULL_FATAL(deep);
	memset(deep, '[', 200000);
	deep[200000] = '\0';
	UNIT_FAILS(parse(deep, &doc, &err), E2BIG, err, "128 levels");
}

static void values_are_counted(void)
{
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	size_t len = 3u << 20;
	_cleanup_free_ char *many = malloc(len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(many);
	many[0] = '[';
	for (size_t i = 1; i + 1 < len; i++)
		many[i] = i % 2 ? '1' : ',';
	many[len - 2] = '1';
	many[len - 1] = ']';
	CU_ASSERT_EQUAL(json_parse(many, len, &doc, &err), -E2BIG);
}

static void a_place_is_the_right_one(void)
{
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	UNIT_FAILS(json_parse("{\"a\":\n[1,", 9, &doc, &err), EINVAL, err, "line 2, column 4");
	UNIT_FAILS(json_parse("{\n\n x", 5, &doc, &err), EINVAL, err, "line 3");
}

UNIT_MAIN("json", UNIT_TEST(values_are_found), UNIT_TEST(big_numbers_keep_their_digits),
	  UNIT_TEST(nonsense_is_refused), UNIT_TEST(duplicate_keys_are_named),
	  UNIT_TEST(depth_is_limited), UNIT_TEST(values_are_counted),
	  UNIT_TEST(a_place_is_the_right_one))
