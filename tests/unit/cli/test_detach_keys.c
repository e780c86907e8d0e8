/* SPDX-License-Identifier: Apache-2.0 */
/* test_detach_keys.c - the keys are found in whatever pieces they come, and nothing else is lost. */
#include "cli/detach_keys.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

static struct cleat_error err;

static struct detach_keys parsed(const char *text)
{
	struct detach_keys keys;

	UNIT_OK(detach_keys_parse(text, &keys, &err), err);
	return keys;
}

/* What the program gets of @pieces (separated by '|'), with a '!' where the keys were found. */
static const char *typed(const char *keys_text, const char *pieces)
{
	static char seen[256];
	struct detach_keys keys = parsed(keys_text);

	seen[0] = '\0';
	while (*pieces) {
		char bytes[64 + DETACH_KEYS_MAX] = "";
		size_t len = strcspn(pieces, "|");
		const char *next = pieces + len + (pieces[len] == '|');

		memcpy(bytes, pieces, len);
		bool found = detach_keys_filter(&keys, bytes, &len);

		(void)strncat(seen, bytes, len);
		if (found) {
			(void)strcat(seen, "!");
			break;
		}
		pieces = next;
	}
	return seen;
}

static void found_in_pieces(void)
{
	CU_ASSERT_STRING_EQUAL(typed("a,b", "ab"), "!");
	CU_ASSERT_STRING_EQUAL(typed("a,b", "xxa|bzz"), "xx!");
	CU_ASSERT_STRING_EQUAL(typed("a,b", "x|a|b"), "x!");
	CU_ASSERT_STRING_EQUAL(typed("ctrl-p,ctrl-q", "ls\x10\x11pwd"), "ls!");
	CU_ASSERT_STRING_EQUAL(typed("a", "bab"), "b!");
}

static void what_breaks_off_is_passed_on(void)
{
	CU_ASSERT_STRING_EQUAL(typed("a,b", "axb"), "axb");
	CU_ASSERT_STRING_EQUAL(typed("a,b", "a|x|b"), "axb");
	CU_ASSERT_STRING_EQUAL(typed("a,b", "aab"), "a!");
	CU_ASSERT_STRING_EQUAL(typed("a,b", "a|a|b"), "a!");
	CU_ASSERT_STRING_EQUAL(typed("a,a,b", "aaab"), "a!");
	CU_ASSERT_STRING_EQUAL(typed("a,b,a,c", "ababac"), "ab!");
	CU_ASSERT_STRING_EQUAL(typed("a,b,a,c", "aba|b|ac"), "ab!");
	CU_ASSERT_STRING_EQUAL(typed("", "anything"), "anything");
}

static void words(void)
{
	struct detach_keys keys = parsed("ctrl-a,ctrl-z,ctrl-@,ctrl-[,ctrl-_,x,ctrl-]");

	CU_ASSERT_EQUAL(keys.n, 7);
	CU_ASSERT_EQUAL(memcmp(keys.keys, "\x01\x1a\x00\x1b\x1fx\x1d", 7), 0);
	UNIT_FAILS(
		detach_keys_parse("ctrl-1", &keys, &err), EINVAL, err,
		"invalid detach keys: 'ctrl-1' is neither a character nor ctrl- and one of a-z @ "
		"[ \\ ] ^ _");
	CU_ASSERT_EQUAL(detach_keys_parse("a,", &keys, &err), -EINVAL);
	CU_ASSERT_EQUAL(detach_keys_parse("ab", &keys, &err), -EINVAL);
	CU_ASSERT_EQUAL(detach_keys_parse("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", &keys, &err),
			-EINVAL);
}

UNIT_MAIN("detach keys", UNIT_TEST(found_in_pieces), UNIT_TEST(what_breaks_off_is_passed_on),
	  UNIT_TEST(words))
