/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

static const char dockers[] =
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,"
	"\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":"
	"[\"SCMP_ARCH_X86\"]},{\"architecture\":\"SCMP_ARCH_AARCH64\"}],"
	"\"syscalls\":["
	"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[]},"
	"{\"name\":\"write\",\"action\":\"SCMP_ACT_ALLOW\"},"
	"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":"
	"[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":"
	"[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":"
	"\"4.8\"}},"
	"{\"names\":[\"future\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":"
	"\"99.0\"}},"
	"{\"names\":[\"s390\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":"
	"[\"nowhere\"]}}]}";

static bool has_rule(const struct json_doc *doc, const char *name)
{
	const struct json *rules = json_path(json_root(doc), "linux.seccomp.syscalls");

	for (size_t i = 0; i < json_len(rules); i++)
		if (contains(json_get(json_at(rules, i), "names"), name))
			return true;
	return false;
}

static void conditions_are_decided(void)
{
	struct spec_options o = { .args = LIST("sh"), .seccomp = dockers };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT(has_rule(doc, "read"));
	CU_ASSERT(has_rule(doc, "write"));
	CU_ASSERT(!has_rule(doc, "mount"));
	CU_ASSERT(has_rule(doc, "clone"));
	CU_ASSERT(has_rule(doc, "ptrace"));
	CU_ASSERT(!has_rule(doc, "future"));
	CU_ASSERT(!has_rule(doc, "s390"));
	CU_ASSERT_PTR_NULL(json_path(json_root(doc), "linux.seccomp.archMap"));
	CU_ASSERT_PTR_NOT_NULL(json_path(json_root(doc), "linux.seccomp.architectures"));
	CU_ASSERT_EQUAL(number_at(json_root(doc), "linux.seccomp.defaultErrnoRet"), 1);
}

static void capabilities_open_rules(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .seccomp = dockers,
				  .cap_add = LIST("SYS_ADMIN") };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT(has_rule(doc, "mount"));
	CU_ASSERT(!has_rule(doc, "clone"));
}

/* Our own form: what needs a capability is in a list that a runtime does not read. */
static void conditional_rules_may_stand_apart(void)
{
	static const char ours[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}],\"conditionalSyscalls\":["
		"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":"
		"[\"CAP_SYS_ADMIN\"]}}]}";
	struct spec_options without = { .args = LIST("sh"), .seccomp = ours };
	struct spec_options with = { .args = LIST("sh"),
				     .seccomp = ours,
				     .cap_add = LIST("SYS_ADMIN") };
	_cleanup_json_ struct json_doc *a = made(&without);
	_cleanup_json_ struct json_doc *b = made(&with);

	CU_ASSERT(has_rule(a, "read") && !has_rule(a, "mount"));
	CU_ASSERT(has_rule(b, "read") && has_rule(b, "mount"));
	CU_ASSERT_PTR_NULL(json_path(json_root(b), "linux.seccomp.conditionalSyscalls"));
}

static void unconfined_is_none(void)
{
	struct spec_options o = { .args = LIST("sh"), .seccomp = "unconfined" };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT_PTR_NULL(json_path(json_root(doc), "linux.seccomp"));
}

static void a_bad_profile_is_refused(void)
{
	static const char *const bad[] = { "{", "[]", "{}", "{\"defaultAction\":1}",
					   "{\"defaultAction\":\"X\",\"syscalls\":{}}" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct spec_options o = { .args = LIST("sh"), .seccomp = bad[i] };
		struct cleat_error err = { 0 };

		UNIT_FAILS(refused(&o, &err), EINVAL, err, "seccomp profile");
	}
}

UNIT_MAIN("spec seccomp", UNIT_TEST(conditions_are_decided), UNIT_TEST(capabilities_open_rules),
	  UNIT_TEST(conditional_rules_may_stand_apart), UNIT_TEST(unconfined_is_none),
	  UNIT_TEST(a_bad_profile_is_refused))
