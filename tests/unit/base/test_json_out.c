/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "base/json_out.h"

#include <cleat/cleanup.h>

#include <string.h>

static void what_is_written_can_be_read(void)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	static const char *const list[] = { "a", "b", NULL };
	uint64_t n = 0;

	json_out_object(o);
	json_out_pair_text(o, "t", "quote \" and \n");
	json_out_pair_u64(o, "u", UINT64_MAX);
	json_out_pair_texts(o, "l", list);
	json_out_pair_texts(o, "none", NULL);
	json_out_pair_bool(o, "b", true);
	json_out_pair_text(o, "null", NULL);
	json_out_object_end(o);
	_cleanup_free_ char *text = json_out_take(o);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	UNIT_OK(json_get_u64(json_root(doc), "u", &n, &err), err);
	CU_ASSERT_EQUAL(n, UINT64_MAX);
	CU_ASSERT_EQUAL(json_len(json_get(json_root(doc), "l")), 2);
	_cleanup_json_out_ struct json_out *copy = json_out_new(false);

	json_out_value(copy, json_root(doc));
	_cleanup_free_ char *again = json_out_take(copy);

	CU_ASSERT_STRING_EQUAL(again, text);
}

static void invalid_utf8_is_repaired(void)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	json_out_text(o, "a\xff\xc0\x80z\xed\xa0\x80");
	_cleanup_free_ char *text = json_out_take(o);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
}

static void misuse_is_no_document(void)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	json_out_object(o);
	json_out_i64(o, 1); /* a number as key */
	CU_ASSERT_PTR_NULL(json_out_take(o));
}

UNIT_MAIN("json_out", UNIT_TEST(what_is_written_can_be_read), UNIT_TEST(invalid_utf8_is_repaired),
	  UNIT_TEST(misuse_is_no_document))
