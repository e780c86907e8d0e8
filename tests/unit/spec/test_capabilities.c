/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#include <sys/prctl.h>

static size_t count(const struct spec_options *options, const char *set)
{
	char path[64];
	_cleanup_json_ struct json_doc *doc = made(options);

	(void)snprintf(path, sizeof(path), "process.capabilities.%s", set);
	return json_len(json_path(json_root(doc), path));
}

static void the_default_is_dockers_fourteen(void)
{
	struct spec_options o = { .args = LIST("sh") };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *bounding = json_path(json_root(doc), "process.capabilities.bounding");

	CU_ASSERT_EQUAL(json_len(bounding), 14);
	CU_ASSERT(contains(bounding, "CAP_MKNOD"));
	CU_ASSERT(contains(bounding, "CAP_AUDIT_WRITE"));
	CU_ASSERT(!contains(bounding, "CAP_SYS_ADMIN"));
	CU_ASSERT_EQUAL(count(&o, "effective"), 14);
	CU_ASSERT_EQUAL(count(&o, "inheritable"), 0);
	CU_ASSERT_EQUAL(count(&o, "ambient"), 0);
}

static void adding_and_dropping(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .cap_add = LIST("net_admin", "CAP_SYS_TIME") };

	CU_ASSERT_EQUAL(count(&o, "bounding"), 16);
	o = (struct spec_options){ .args = LIST("sh"), .cap_drop = LIST("MKNOD", "cap_chown") };
	CU_ASSERT_EQUAL(count(&o, "bounding"), 12);
	o = (struct spec_options){ .args = LIST("sh"), .cap_drop = LIST("all") };
	CU_ASSERT_EQUAL(count(&o, "bounding"), 0);
	o.cap_add = LIST("KILL");
	CU_ASSERT_EQUAL(count(&o, "bounding"), 1);
	o = (struct spec_options){ .args = LIST("sh"), .cap_add = LIST("ALL") };
	CU_ASSERT_EQUAL(count(&o, "bounding"), 41);
	o.cap_drop = LIST("SYS_ADMIN");
	CU_ASSERT_EQUAL(count(&o, "bounding"), 40);
}

static void privileged_is_bounded_by_the_host(void)
{
	struct spec_options o = { .args = LIST("sh"), .privileged = true, .host_caps = true };
	size_t mine = 0;

	for (int i = 0; i < 41; i++)
		mine += prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1;
	CU_ASSERT_EQUAL(count(&o, "bounding"), mine);
	o.host_caps = false;
	CU_ASSERT_EQUAL(count(&o, "bounding"), 41);
}

static void other_users_get_no_effective_ones(void)
{
	struct spec_options o = { .args = LIST("sh"), .user = "1000:50" };

	CU_ASSERT_EQUAL(count(&o, "bounding"), 14);
	CU_ASSERT_EQUAL(count(&o, "effective"), 0);
	CU_ASSERT_EQUAL(count(&o, "permitted"), 0);
}

static void an_unknown_name_is_an_error(void)
{
	struct spec_options o = { .args = LIST("sh"), .cap_add = LIST("NET_ADMIM") };
	struct cleat_error err = { 0 };

	UNIT_FAILS(refused(&o, &err), EINVAL, err, "NET_ADMIM");
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "CAP_NET_ADMIN");
	o = (struct spec_options){ .args = LIST("sh"), .cap_drop = LIST("") };
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "cap-drop");
}

UNIT_MAIN("spec capabilities", UNIT_TEST(the_default_is_dockers_fourteen),
	  UNIT_TEST(adding_and_dropping), UNIT_TEST(privileged_is_bounded_by_the_host),
	  UNIT_TEST(other_users_get_no_effective_ones), UNIT_TEST(an_unknown_name_is_an_error))
