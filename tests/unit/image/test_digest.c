/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "image/digest.h"

#include <string.h>

#define ABC   "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_values(void)
{
	char digest[DIGEST_TEXT];

	digest_of("abc", 3, digest);
	CU_ASSERT_STRING_EQUAL(digest, ABC);
	digest_of("", 0, digest);
	CU_ASSERT_STRING_EQUAL(digest, EMPTY);
}

static void looking_does_not_end_it(void)
{
	struct sha256_ctx ctx;
	char digest[DIGEST_TEXT];

	sha256_init(&ctx);
	digest_text(&ctx, digest);
	CU_ASSERT_STRING_EQUAL(digest, EMPTY);
	sha256_update(&ctx, 3, (const uint8_t *)"abc");
	digest_text(&ctx, digest);
	digest_text(&ctx, digest);
	CU_ASSERT_STRING_EQUAL(digest, ABC);
}

static void only_these_become_file_names(void)
{
	CU_ASSERT(digest_is_valid(ABC));
	CU_ASSERT_STRING_EQUAL(digest_hex(ABC), &ABC[7]);
	CU_ASSERT_FALSE(digest_is_valid(""));
	CU_ASSERT_FALSE(digest_is_valid("sha256:"));
	CU_ASSERT_FALSE(digest_is_valid(ABC "0"));
	CU_ASSERT_FALSE(digest_is_valid(
		"sha256:../../../../../../../../../../../../../../../etc/passwd-aaaa"));
	CU_ASSERT_FALSE(digest_is_valid(
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
	CU_ASSERT_FALSE(digest_is_valid(
		"sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

/* printf 'sha256:ba78... sha256:e3b0...' | sha256sum */
static void chains(void)
{
	char first[DIGEST_TEXT], second[DIGEST_TEXT], wanted[DIGEST_TEXT];

	digest_chain(NULL, ABC, first);
	CU_ASSERT_STRING_EQUAL(first, ABC);
	digest_chain(first, EMPTY, second);
	digest_of(ABC " " EMPTY, strlen(ABC " " EMPTY), wanted);
	CU_ASSERT_STRING_EQUAL(second, wanted);
	CU_ASSERT_STRING_EQUAL(
		second, "sha256:dd8ddd90bdf3ccbd91abd3f399218c9d93e91246734fab743933f42048ac3e2c");
}

UNIT_MAIN("digests", UNIT_TEST(known_values), UNIT_TEST(looking_does_not_end_it),
	  UNIT_TEST(only_these_become_file_names), UNIT_TEST(chains))
