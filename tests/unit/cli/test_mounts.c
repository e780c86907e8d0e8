/* SPDX-License-Identifier: Apache-2.0 */
/* test_mounts.c - -v, --mount and --tmpfs. */
#include <errno.h>
#include <string.h>

#include "cli/mounts.h"
#include "parse.h"
#include "support/unit.h"

static bool has(const Cleat__V1__Mount *mount, const char *option)
{
	for (size_t i = 0; i < mount->n_options; i++)
		if (text_eq(mount->options[i], option))
			return true;
	return false;
}

static void volumes(void)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;

	UNIT_OK(mount_from_volume(&arena, "/etc:/data:ro,rshared", &mount, &err), err);
	CU_ASSERT_STRING_EQUAL(mount->type, "bind");
	CU_ASSERT_STRING_EQUAL(mount->source, "/etc");
	CU_ASSERT_STRING_EQUAL(mount->target, "/data");
	CU_ASSERT_TRUE(has(mount, "rbind") && has(mount, "ro") && has(mount, "rshared"));
	UNIT_OK(mount_from_volume(&arena, "./:/data", &mount, &err), err);
	CU_ASSERT_EQUAL(mount->source[0], '/');
	arena_fini(&arena);
}

static void bad_volumes(void)
{
	static const char *const rows[][2] = {
		{ "/data", "SOURCE:TARGET" },         { "name:/x", "named volume" },
		{ "/etc:rel", "must be absolute" },   { "/etc:/", "destination can't be '/'" },
		{ "/etc:/x:rx", "invalid mode: rx" }, { "/etc::ro", "empty section" },
		{ ":/x", "empty section" },           { "/a:/b:ro:x", "too many colons" },
	};
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		UNIT_FAILS(mount_from_volume(&arena, rows[i][0], &mount, &err), EINVAL, err,
			   rows[i][1]);
	arena_fini(&arena);
}

static void named_keys(void)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;

	UNIT_OK(mount_from_mount(&arena,
				 "source=/etc,target=/x,readonly,type=bind,bind-propagation=rslave",
				 &mount, &err),
		err);
	CU_ASSERT_TRUE(has(mount, "rbind") && has(mount, "ro") && has(mount, "rslave"));
	UNIT_OK(mount_from_mount(&arena, "type=tmpfs,dst=/x,tmpfs-size=1m,tmpfs-mode=1777", &mount,
				 &err),
		err);
	CU_ASSERT_STRING_EQUAL(mount->type, "tmpfs");
	CU_ASSERT_TRUE(has(mount, "size=1048576") && has(mount, "mode=1777") &&
		       has(mount, "nodev"));
	UNIT_OK(mount_from_mount(&arena, "type=bind,src=/etc,dst=/x,bind-nonrecursive,ro=false",
				 &mount, &err),
		err);
	CU_ASSERT_TRUE(has(mount, "bind") && !has(mount, "rbind") && has(mount, "rw"));
	arena_fini(&arena);
}

static void bad_keys(void)
{
	static const char *const rows[][2] = {
		{ "source=/etc,target=/x", "no type" },
		{ "type=volume,target=/x", "unknown mount type 'volume'" },
		{ "type=bind", "target is required" },
		{ "type=bind,target=/x", "source is required" },
		{ "type=bind,source=/etc,target=x", "must be absolute" },
		{ "type=bind,source=/etc,target=/x,foo=bar", "unexpected key 'foo'" },
		{ "type=bind,source=/etc,target", "must be a key=value pair" },
		{ "type=tmpfs,source=/etc,target=/x", "not for mounts of type tmpfs" },
		{ "type=tmpfs,target=/x,tmpfs-mode=9", "tmpfs-mode" },
		{ "type=bind,source=/etc,target=/x,bind-propagation=x", "invalid propagation" },
	};
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		UNIT_FAILS(mount_from_mount(&arena, rows[i][0], &mount, &err), EINVAL, err,
			   rows[i][1]);
	arena_fini(&arena);
}

static void tmpfs(void)
{
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };
	Cleat__V1__Mount *mount = NULL;

	UNIT_OK(mount_from_tmpfs(&arena, "/scratch:size=1m,exec", &mount, &err), err);
	CU_ASSERT_TRUE(has(mount, "nosuid") && has(mount, "size=1m") && has(mount, "exec"));
	UNIT_FAILS(mount_from_tmpfs(&arena, "rel", &mount, &err), EINVAL, err, "must be absolute");
	arena_fini(&arena);
}

static void together(void)
{
	Cleat__V1__Mount **list = NULL;
	size_t n = 0;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "-v", "/etc:/a", "--tmpfs", "/b", "--mount",
		      "type=tmpfs,target=/c", "img"),
		cli.err);
	UNIT_OK(mounts_collect(&cli, &list, &n), cli.err);
	CU_ASSERT_EQUAL(n, 3);
	parse_end(&cli);
	list = NULL;
	n = 0;
	UNIT_OK(PARSE(&cli, "run", "-v", "/etc:/a", "--tmpfs", "/a", "img"), cli.err);
	UNIT_FAILS(mounts_collect(&cli, &list, &n), EINVAL, cli.err, "duplicate mount point: /a");
	parse_end(&cli);
	list = NULL;
	n = 0;
	UNIT_OK(PARSE(&cli, "run", "-v", "/nosuch-dir:/a", "img"), cli.err);
	UNIT_FAILS(mounts_collect(&cli, &list, &n), EINVAL, cli.err, "does not exist: /nosuch-dir");
	parse_end(&cli);
}

UNIT_MAIN("cli/mounts", UNIT_TEST(volumes), UNIT_TEST(bad_volumes), UNIT_TEST(named_keys),
	  UNIT_TEST(bad_keys), UNIT_TEST(tmpfs), UNIT_TEST(together))
