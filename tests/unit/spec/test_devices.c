/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

static void nothing_is_allowed_but_the_list(void)
{
	struct spec_options o = { .args = LIST("sh") };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *rules = json_path(json_root(doc), "linux.resources.devices");

	CU_ASSERT_PTR_NULL(json_path(json_root(doc), "linux.devices"));
	CU_ASSERT_FALSE(json_is_true(json_get(json_at(rules, 0), "allow")));
	CU_ASSERT_STRING_EQUAL(text_at(json_at(rules, 0), "access"), "rwm");
	for (size_t i = 1; i < json_len(rules); i++)
		if (number_at(json_at(rules, i), "major") < 0)
			CU_ASSERT_STRING_EQUAL(text_at(json_at(rules, i), "access"), "m");
}

static void a_device_is_made_and_allowed(void)
{
	const struct spec_device device = { "/dev/zero", "/dev/nil", "r" };
	struct spec_options o = { .args = LIST("sh"), .devices = &device, .ndevices = 1 };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *made_one = json_at(json_path(json_root(doc), "linux.devices"), 0);
	const struct json *rules = json_path(json_root(doc), "linux.resources.devices");
	const struct json *rule = json_at(rules, json_len(rules) - 1);

	CU_ASSERT_STRING_EQUAL(text_at(made_one, "path"), "/dev/nil");
	CU_ASSERT_EQUAL(number_at(made_one, "major"), 1);
	CU_ASSERT_EQUAL(number_at(made_one, "minor"), 5);
	CU_ASSERT_EQUAL(number_at(rule, "minor"), 5);
	CU_ASSERT_STRING_EQUAL(text_at(rule, "access"), "r");
}

static void bad_devices(void)
{
	static const struct {
		struct spec_device device;
		int errnum;
		const char *words;
	} cases[] = {
		{ { "/dev/zero", NULL, "x" }, EINVAL, "access 'x'" },
		{ { "/dev/zero", NULL, "" }, EINVAL, "access" },
		{ { "/dev/no-such", NULL, NULL }, ENOENT, "/dev/no-such" },
		{ { "/etc/passwd", NULL, NULL }, EINVAL, "not a device" },
		{ { "dev/zero", NULL, NULL }, EINVAL, "absolute" },
		{ { "/dev/zero", "zero", NULL }, EINVAL, "absolute" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spec_options o = { .args = LIST("sh"),
					  .devices = &cases[i].device,
					  .ndevices = 1 };
		struct cleat_error err = { 0 };

		UNIT_FAILS(refused(&o, &err), cases[i].errnum, err, cases[i].words);
	}
}

UNIT_MAIN("spec devices", UNIT_TEST(nothing_is_allowed_but_the_list),
	  UNIT_TEST(a_device_is_made_and_allowed), UNIT_TEST(bad_devices))
