/* SPDX-License-Identifier: Apache-2.0 */
/* test_roff.c - words that would be requests, hyphens or escapes come out as they were meant. */
#include "base/roff.h"

#include "support/unit.h"

static void words(void)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "plain words", "plain words" },
		{ "--no-trunc", "\\-\\-no\\-trunc" },
		{ ".hidden and .other", "\\&.hidden and .other" },
		{ "'quoted'", "\\&'quoted'" },
		{ "a\\n", "a\\en" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		_cleanup_text_ struct text out = { 0 };

		text_add(&out, "");
		roff_words(&out, pairs[i][0]);
		CU_ASSERT_STRING_EQUAL(out.bytes ? out.bytes : "", pairs[i][1]);
	}
}

static void paragraphs(void)
{
	_cleanup_text_ struct text out = { 0 };

	roff_paragraphs(&out, "one\n.two\n\n'three\n\n");
	CU_ASSERT_STRING_EQUAL(out.bytes, "one\n\\&.two\n.PP\n\\&'three\n.PP\n");
	out.len = 0;
	roff_paragraphs(&out, "no end");
	CU_ASSERT_STRING_EQUAL(out.bytes, "no end\n");
}

UNIT_MAIN("base/roff", UNIT_TEST(words), UNIT_TEST(paragraphs))
