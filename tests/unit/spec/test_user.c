/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/user.h"

#include "made.h"

static void good_users(void)
{
	static const struct {
		const char *text;
		uint32_t uid, gid;
		bool named;
	} cases[] = {
		{ NULL, 0, 0, false },
		{ "", 0, 0, false },
		{ "0", 0, 0, false },
		{ "1", 1, 0, false },
		{ "9", 9, 0, false },
		{ "10", 10, 0, false },
		{ "65534", 65534, 0, false },
		{ "1000:50", 1000, 50, false },
		{ "4294967294:4294967294", 4294967294, 4294967294, false },
		{ "www-data", 65534, 65534, true },
		{ "user:50", 65534, 50, true },
		{ "1000:staff", 1000, 65534, true },
		{ "_apt", 65534, 65534, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cleat_error err = { 0 };
		struct spec_user user = { 0 };

		UNIT_OK(user_parse(cases[i].text, &user, &err), err);
		CU_ASSERT_EQUAL(user.uid, cases[i].uid);
		CU_ASSERT_EQUAL(user.gid, cases[i].gid);
		CU_ASSERT_EQUAL(user.name != NULL, cases[i].named);
	}
}

/* U7 of security.md: no number wraps, and none becomes a name. */
static void bad_users(void)
{
	static const char *const cases[] = {
		"99999999999",   "4294967296", "4294967295", "1:2:3", " 1",   "1 ",  "+1",  "-1",
		"0x0",           "1:",         ":1",         ":",     "a\nb", "1e3", "a/b", "12a",
		"1:99999999999",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cleat_error err = { 0 };
		struct spec_user user = { 0 };

		CU_ASSERT_EQUAL(user_parse(cases[i], &user, &err), -EINVAL);
		CU_ASSERT(strlen(err.text) > 0);
	}
}

static void groups_hold_the_primary_one(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .user = "1000:50",
				  .groups = LIST("7", "50") };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *groups = json_path(json_root(doc), "process.user.additionalGids");

	CU_ASSERT_EQUAL(json_len(groups), 2);
	CU_ASSERT_STRING_EQUAL(json_number_text(json_at(groups, 0)), "50");
	CU_ASSERT_STRING_EQUAL(json_number_text(json_at(groups, 1)), "7");
}

static void a_name_is_passed_on_and_is_not_root(void)
{
	struct spec_options o = { .args = LIST("sh"), .user = "www-data:staff" };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT_STRING_EQUAL(text_at(json_root(doc), "process.user.username"), "www-data:staff");
	CU_ASSERT_EQUAL(number_at(json_root(doc), "process.user.uid"), 65534);
}

UNIT_MAIN("spec user", UNIT_TEST(good_users), UNIT_TEST(bad_users),
	  UNIT_TEST(groups_hold_the_primary_one), UNIT_TEST(a_name_is_passed_on_and_is_not_root))
