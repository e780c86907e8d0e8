/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

static void nothing_asked_is_safe(void)
{
	struct spec_options o = { .args = LIST("echo", "hi there") };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *c = json_root(doc);

	CU_ASSERT_STRING_EQUAL(text_at(c, "root.path"), "rootfs");
	CU_ASSERT_STRING_EQUAL(text_at(c, "process.cwd"), "/");
	CU_ASSERT(contains(json_path(c, "process.args"), "hi there"));
	CU_ASSERT(contains(json_path(c, "linux.maskedPaths"), "/proc/kcore"));
	CU_ASSERT(contains(json_path(c, "linux.readonlyPaths"), "/proc/sys"));
	CU_ASSERT_EQUAL(json_len(json_path(c, "linux.namespaces")), 6);
	CU_ASSERT_PTR_NULL(json_path(c, "hostname"));
	CU_ASSERT_PTR_NULL(json_path(c, "linux.resources.memory"));
	CU_ASSERT_PTR_NULL(json_path(c, "process.rlimits"));
}

static void the_environment(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .hostname = "box",
				  .terminal = true,
				  .env = LIST("A=1", "TERM=dumb", "A=2", "E=") };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *env = json_path(json_root(doc), "process.env");
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(json_len(env), 5);
	CU_ASSERT(contains(env, "A=2"));
	CU_ASSERT(contains(env, "E="));
	CU_ASSERT(contains(env, "TERM=dumb"));
	CU_ASSERT(contains(env, "HOSTNAME=box"));
	o.env = LIST("NOVALUE");
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "NAME=value");
	o.env = LIST("=x");
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "NAME=value");
}

static void limits_are_written(void)
{
	const struct spec_rlimit limits[] = { { "nofile", 10, 20 },
					      { "RLIMIT_CORE", 0, 0 },
					      { "NOFILE", 30, 40 } };
	struct spec_options o = { .args = LIST("sh"),
				  .memory = 64 << 20,
				  .memory_swap = -1,
				  .pids = -1,
				  .cpu_quota = 50000,
				  .cpu_period = 100000,
				  .cpuset_cpus = "0-1",
				  .rlimits = limits,
				  .nrlimits = 3,
				  .cgroups_path = "/cleat/x" };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *c = json_root(doc);
	const struct json *nofile =
		item_with(json_path(c, "process.rlimits"), "type", "RLIMIT_NOFILE");

	CU_ASSERT_EQUAL(number_at(c, "linux.resources.memory.limit"), 64 << 20);
	CU_ASSERT_EQUAL(number_at(c, "linux.resources.memory.swap"), -1);
	CU_ASSERT_EQUAL(number_at(c, "linux.resources.pids.limit"), -1);
	CU_ASSERT_EQUAL(number_at(c, "linux.resources.cpu.quota"), 50000);
	CU_ASSERT_STRING_EQUAL(text_at(c, "linux.resources.cpu.cpus"), "0-1");
	CU_ASSERT_STRING_EQUAL(text_at(c, "linux.cgroupsPath"), "/cleat/x");
	CU_ASSERT_EQUAL(json_len(json_path(c, "process.rlimits")), 2);
	CU_ASSERT_EQUAL(number_at(nofile, "soft"), 30);
	CU_ASSERT_EQUAL(number_at(nofile, "hard"), 40);
}

static void namespaces_of_others(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .network = "host",
				  .pid = "/proc/1/ns/pid",
				  .uts = "host",
				  .hostname = "unused" };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *list = json_path(json_root(doc), "linux.namespaces");
	struct cleat_error err = { 0 };

	CU_ASSERT_PTR_NULL(item_with(list, "type", "network"));
	CU_ASSERT_STRING_EQUAL(text_at(item_with(list, "type", "pid"), "path"), "/proc/1/ns/pid");
	CU_ASSERT_PTR_NULL(json_path(json_root(doc), "hostname"));
	o.network = "bridge";
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "network");
}

static void a_user_namespace_has_mappings(void)
{
	struct spec_options o = { .args = LIST("sh"), .user_ns = "host" };
	_cleanup_json_ struct json_doc *none = made(&o);

	CU_ASSERT_PTR_NULL(
		item_with(json_path(json_root(none), "linux.namespaces"), "type", "user"));
	CU_ASSERT_PTR_NULL(json_path(json_root(none), "linux.uidMappings"));
	o.map_uid = 100000;
	o.map_gid = 200000;
	o.map_size = 10;
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *uids = json_path(json_root(doc), "linux.uidMappings");
	const struct json *gids = json_path(json_root(doc), "linux.gidMappings");

	CU_ASSERT_PTR_NOT_NULL(
		item_with(json_path(json_root(doc), "linux.namespaces"), "type", "user"));
	CU_ASSERT(json_len(uids) == 1 && json_len(gids) == 1);
	CU_ASSERT_EQUAL(number_at(json_at(uids, 0), "containerID"), 0);
	CU_ASSERT_EQUAL(number_at(json_at(uids, 0), "hostID"), 100000);
	CU_ASSERT_EQUAL(number_at(json_at(gids, 0), "hostID"), 200000);
	CU_ASSERT_EQUAL(number_at(json_at(gids, 0), "size"), 10);
}

static void privileged_lifts_the_protection(void)
{
	struct spec_options o = { .args = LIST("sh"),
				  .privileged = true,
				  .seccomp = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}" };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *c = json_root(doc);

	CU_ASSERT_PTR_NULL(json_path(c, "linux.maskedPaths"));
	CU_ASSERT_PTR_NULL(json_path(c, "linux.readonlyPaths"));
	CU_ASSERT_PTR_NULL(json_path(c, "linux.seccomp"));
	CU_ASSERT_PTR_NOT_NULL(item_with(json_path(c, "linux.devices"), "path", "/dev/null"));
	CU_ASSERT(json_is_true(
		json_get(json_at(json_path(c, "linux.resources.devices"), 0), "allow")));
}

static void bad_input_is_named(void)
{
	const struct spec_rlimit unknown = { "files", 1, 2 };
	const struct spec_rlimit crossed = { "nofile", 3, 2 };
	struct spec_options o = { 0 };
	struct cleat_error err = { 0 };

	UNIT_FAILS(refused(&o, &err), EINVAL, err, "no command");
	o.args = LIST("");
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "empty");
	o.args = LIST("sh");
	o.cwd = "tmp";
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "'tmp'");
	o.cwd = NULL;
	o.sysctls = LIST("net.ipv4.ip_forward");
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "key=value");
	o.sysctls = NULL;
	o.nrlimits = 1;
	o.rlimits = &unknown;
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "files");
	o.rlimits = &crossed;
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "nofile");
}

static void labels_are_the_process_own(void)
{
	struct spec_options o = { .args = LIST("true"), .apparmor = "" };
	_cleanup_json_ struct json_doc *without = made(&o);

	CU_ASSERT_PTR_NULL(json_path(json_root(without), "process.apparmorProfile"));
	CU_ASSERT_PTR_NULL(json_path(json_root(without), "process.selinuxLabel"));
	o.apparmor = "mine";
	o.selinux = "u:r:t:s0";
	_cleanup_json_ struct json_doc *with = made(&o);

	CU_ASSERT_STRING_EQUAL(text_at(json_root(with), "process.apparmorProfile"), "mine");
	CU_ASSERT_STRING_EQUAL(text_at(json_root(with), "process.selinuxLabel"), "u:r:t:s0");
}

static void the_templates_are_valid(void)
{
	for (int rootless = 0; rootless < 2; rootless++) {
		struct cleat_error err = { 0 };
		_cleanup_free_ char *text = NULL;
		_cleanup_json_ struct json_doc *doc = NULL;

		UNIT_OK(spec_default(rootless, &text, &err), err);
		UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
		UNIT_OK(spec_validate(json_root(doc), &err), err);
		const struct json *c = json_root(doc);

		CU_ASSERT_EQUAL(json_len(json_path(c, "process.capabilities.inheritable")), 0);
		CU_ASSERT(json_is_true(json_path(c, "process.noNewPrivileges")));
		CU_ASSERT_EQUAL(item_with(json_path(c, "linux.namespaces"), "type", "user") != NULL,
				rootless == 1);
	}
}

UNIT_MAIN("spec generate", UNIT_TEST(nothing_asked_is_safe), UNIT_TEST(the_environment),
	  UNIT_TEST(limits_are_written), UNIT_TEST(namespaces_of_others),
	  UNIT_TEST(a_user_namespace_has_mappings), UNIT_TEST(privileged_lifts_the_protection),
	  UNIT_TEST(bad_input_is_named), UNIT_TEST(labels_are_the_process_own),
	  UNIT_TEST(the_templates_are_valid))
