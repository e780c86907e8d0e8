/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "ini.h"

#include "config/open.h"

static char path[256];

static void put(const struct tmpdir *dir, const char *name, const char *text)
{
	(void)ini_write(dir, name, text, strlen(text), path);
}

static int open_both(const struct tmpdir *dir, struct config **out, struct cleat_error *err)
{
	char vendor[128];
	char admin[128];
	const char *dirs[] = { vendor, admin, NULL };

	(void)snprintf(vendor, sizeof(vendor), "%s/usr", dir->path);
	(void)snprintf(admin, sizeof(admin), "%s/etc", dir->path);
	return config_open_dirs(dirs, out, err);
}

static void no_file_is_all_defaults(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(open_both(&dir, &config, &err), err);
	CU_ASSERT_EQUAL(config->nentries, 0);
	CU_ASSERT_PTR_NULL(config->file);
	CU_ASSERT_STRING_EQUAL(config->cleat.root, "/var/lib/cleat");
	CU_ASSERT_STRING_EQUAL(config->plugins.snapshotter, "overlay");
	CU_ASSERT_EQUAL(config->cleat.shim_timeout_ns, 10000000000ull);
	CU_ASSERT_EQUAL(config->cleat.rootfs_mount, CONFIG_ROOTFS_PRIVATE);
}

static void single_keys_are_overridden(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	put(&dir, "usr/cleat.ini", "[cleat]\nroot = /vendor\nstate = /vendor-state\n");
	put(&dir, "etc/cleat.ini", "[cleat]\nroot = /admin\n");
	UNIT_OK(open_both(&dir, &config, &err), err);
	CU_ASSERT_STRING_EQUAL(config->cleat.root, "/admin");
	CU_ASSERT_STRING_EQUAL(config->cleat.state, "/vendor-state");
	CU_ASSERT_STRING_EQUAL(config_find(config, "cleat", "root")->file, path);
}

static void dropins_come_last_sorted_by_name(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	put(&dir, "etc/cleat.ini", "[plugins]\nio = main\nruntime = main\nrestart = main\n");
	/* the vendor's 20 comes after the administrator's 10, by name and not by directory */
	put(&dir, "usr/conf.d/20.ini", "[plugins]\nio = vendor20\n");
	put(&dir, "etc/conf.d/10.ini", "[plugins]\nio = admin10\nruntime = admin10\n");
	put(&dir, "etc/conf.d/30.txt", "[nonsense\n");
	put(&dir, "etc/conf.d/.hidden.ini", "[nonsense\n");
	UNIT_OK(open_both(&dir, &config, &err), err);
	CU_ASSERT_STRING_EQUAL(config->plugins.io, "vendor20");
	CU_ASSERT_STRING_EQUAL(config->plugins.runtime, "admin10");
	CU_ASSERT_STRING_EQUAL(config->plugins.restart, "main");
}

static void the_same_name_hides(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };
	char link[256];

	put(&dir, "usr/conf.d/20.ini", "[plugins]\nio = vendor\nruntime = vendor\n");
	put(&dir, "etc/conf.d/20.ini", "[plugins]\nio = admin\n");
	put(&dir, "usr/conf.d/30.ini", "[plugins]\nrestart = vendor\n");
	(void)snprintf(link, sizeof(link), "%s/etc/conf.d/30.ini", dir.path);
	CU_ASSERT_EQUAL(symlink("/dev/null", link), 0); /* as systemd masks a drop-in */
	UNIT_OK(open_both(&dir, &config, &err), err);
	CU_ASSERT_STRING_EQUAL(config->plugins.io, "admin");
	CU_ASSERT_STRING_EQUAL(config->plugins.runtime, "linux");
	CU_ASSERT_STRING_EQUAL(config->plugins.restart, "standard");
}

static void duplicates_are_per_file(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	put(&dir, "etc/cleat.ini", "[plugins]\nio = main\n");
	put(&dir, "etc/conf.d/10.ini", "[plugins]\nio = a\nio = b\n");
	UNIT_FAILS(open_both(&dir, &config, &err), EINVAL, err, "10.ini:3: key 'io'");
}

static void the_environment_names_a_file(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	put(&dir, "own.ini", "[cleat]\nroot = /own\n");
	CU_ASSERT_EQUAL(setenv("CLEAT_CONFIG", path, 1), 0);
	UNIT_OK(config_open(NULL, &config, &err), err);
	CU_ASSERT_STRING_EQUAL(config->cleat.root, "/own");
	CU_ASSERT_STRING_EQUAL(config->file, path);
	CU_ASSERT_EQUAL(setenv("CLEAT_CONFIG", "/nowhere", 1), 0);
	struct config *none = NULL;

	UNIT_FAILS(config_open(NULL, &none, &err), ENOENT, err, "/nowhere");
	CU_ASSERT_EQUAL(unsetenv("CLEAT_CONFIG"), 0);
}

UNIT_MAIN("config/merge", UNIT_TEST(no_file_is_all_defaults), UNIT_TEST(single_keys_are_overridden),
	  UNIT_TEST(dropins_come_last_sorted_by_name), UNIT_TEST(the_same_name_hides),
	  UNIT_TEST(duplicates_are_per_file), UNIT_TEST(the_environment_names_a_file))
