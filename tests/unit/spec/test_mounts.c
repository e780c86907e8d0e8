/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

static const struct json *mounts_of(const struct json_doc *doc)
{
	return json_get(json_root(doc), "mounts");
}

static void the_defaults(void)
{
	struct spec_options o = { .args = LIST("sh"), .shm_size = 1 << 20 };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *list = mounts_of(doc);

	CU_ASSERT_EQUAL(json_len(list), 7);
	CU_ASSERT(contains(json_get(item_with(list, "destination", "/sys"), "options"), "ro"));
	CU_ASSERT(contains(json_get(item_with(list, "destination", "/sys/fs/cgroup"), "options"),
			   "ro"));
	CU_ASSERT(contains(json_get(item_with(list, "destination", "/dev/shm"), "options"),
			   "size=1048576"));
	CU_ASSERT_STRING_EQUAL(text_at(json_at(list, 0), "destination"), "/proc");
}

static void privileged_writes_to_sys(void)
{
	struct spec_options o = { .args = LIST("sh"), .privileged = true };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT(contains(json_get(item_with(mounts_of(doc), "destination", "/sys"), "options"),
			   "rw"));
}

static void parents_come_before_children(void)
{
	const struct spec_mount mounts[] = {
		{ "bind", "/h/c", "/data/a/b", LIST("bind") },
		{ "bind", "/h/a", "/data", LIST("bind", "ro") },
		{ "tmpfs", "tmpfs", "/other", NULL },
	};
	struct spec_options o = { .args = LIST("sh"), .mounts = mounts, .nmounts = 3 };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *list = mounts_of(doc);

	CU_ASSERT_EQUAL_FATAL(json_len(list), 10);
	CU_ASSERT_STRING_EQUAL(text_at(json_at(list, 7), "destination"), "/data");
	CU_ASSERT_STRING_EQUAL(text_at(json_at(list, 8), "destination"), "/other");
	CU_ASSERT_STRING_EQUAL(text_at(json_at(list, 9), "destination"), "/data/a/b");
}

static void a_users_mount_replaces_ours(void)
{
	const struct spec_mount mount = { "bind", "/h/shm", "/dev/shm/", LIST("bind") };
	struct spec_options o = { .args = LIST("sh"), .mounts = &mount, .nmounts = 1 };
	_cleanup_json_ struct json_doc *doc = made(&o);

	CU_ASSERT_EQUAL(json_len(mounts_of(doc)), 7);
	CU_ASSERT_PTR_NULL(item_with(mounts_of(doc), "source", "shm"));
}

static void ipc_of_the_host(void)
{
	struct spec_options o = { .args = LIST("sh"), .ipc = "host" };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *shm = item_with(mounts_of(doc), "destination", "/dev/shm");

	CU_ASSERT_STRING_EQUAL(text_at(shm, "source"), "/dev/shm");
}

static void an_init_is_bound_and_run(void)
{
	struct spec_options o = { .args = LIST("sh"), .init = "/usr/bin/tini-static" };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *args = json_path(json_root(doc), "process.args");

	CU_ASSERT_EQUAL(json_len(args), 3);
	CU_ASSERT_STRING_EQUAL(
		text_at(item_with(mounts_of(doc), "source", "/usr/bin/tini-static"), "destination"),
		json_text(json_at(args, 0)));
}

static void devpts_has_a_group_only_if_it_is_mapped(void)
{
	struct spec_options o = { .args = LIST("sh") };
	const uint32_t sizes[] = { 0, 5, 6, 65536 };

	for (size_t i = 0; i < 4; i++) {
		o.map_size = sizes[i];
		_cleanup_json_ struct json_doc *doc = made(&o);
		const struct json *pts = item_with(mounts_of(doc), "destination", "/dev/pts");

		CU_ASSERT_EQUAL(contains(json_get(pts, "options"), "gid=5"), sizes[i] != 5);
	}
}

static void idmap_takes_the_containers_own_ids(void)
{
	const struct spec_mount mounts[] = {
		{ "bind", "/h/a", "/a", LIST("rbind", "idmap") },
		{ "bind", "/h/b", "/b", LIST("rbind") },
	};
	struct spec_options o = { .args = LIST("sh"),
				  .mounts = mounts,
				  .nmounts = 2,
				  .map_uid = 100000,
				  .map_gid = 200000,
				  .map_size = 65536 };
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *a = item_with(mounts_of(doc), "destination", "/a");
	const struct json *b = item_with(mounts_of(doc), "destination", "/b");
	struct cleat_error err;

	CU_ASSERT_EQUAL(number_at(json_at(json_get(a, "uidMappings"), 0), "hostID"), 100000);
	CU_ASSERT_EQUAL(number_at(json_at(json_get(a, "gidMappings"), 0), "hostID"), 200000);
	CU_ASSERT_EQUAL(number_at(json_at(json_get(a, "gidMappings"), 0), "size"), 65536);
	CU_ASSERT_PTR_NULL(json_get(b, "uidMappings"));
	o.map_size = 0;
	UNIT_FAILS(refused(&o, &err), EINVAL, err, "'/a' with option idmap");
}

/* Nobody in a user namespace makes nodes: what was asked for is bound, under the name that was asked for. */
static void devices_are_bound_in_a_user_namespace(void)
{
	const struct spec_device device = { "/dev/null", "/dev/mine", "rw" };
	struct spec_options o = {
		.args = LIST("sh"), .devices = &device, .ndevices = 1, .map_uid = 5, .map_size = 9
	};
	_cleanup_json_ struct json_doc *doc = made(&o);
	const struct json *mine = item_with(mounts_of(doc), "destination", "/dev/mine");

	CU_ASSERT_STRING_EQUAL(text_at(mine, "source"), "/dev/null");
	CU_ASSERT(contains(json_get(mine, "options"), "bind"));
	CU_ASSERT_PTR_NULL(json_path(json_root(doc), "linux.devices"));
	o.map_size = 0;
	_cleanup_json_ struct json_doc *plain = made(&o);

	CU_ASSERT_EQUAL(json_len(json_path(json_root(plain), "linux.devices")), 1);
	CU_ASSERT_PTR_NULL(item_with(mounts_of(plain), "destination", "/dev/mine"));
}

static void bad_targets(void)
{
	static const char *const targets[] = { "data", "", "/", "//", "/a\nb" };

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		const struct spec_mount mount = { "bind", "/h", targets[i], NULL };
		struct spec_options o = { .args = LIST("sh"), .mounts = &mount, .nmounts = 1 };
		struct cleat_error err = { 0 };

		UNIT_FAILS(refused(&o, &err), EINVAL, err, "cannot mount");
	}
}

UNIT_MAIN("spec mounts", UNIT_TEST(the_defaults), UNIT_TEST(privileged_writes_to_sys),
	  UNIT_TEST(parents_come_before_children), UNIT_TEST(a_users_mount_replaces_ours),
	  UNIT_TEST(ipc_of_the_host), UNIT_TEST(an_init_is_bound_and_run), UNIT_TEST(bad_targets),
	  UNIT_TEST(devpts_has_a_group_only_if_it_is_mapped),
	  UNIT_TEST(idmap_takes_the_containers_own_ids),
	  UNIT_TEST(devices_are_bound_in_a_user_namespace))
