/* SPDX-License-Identifier: Apache-2.0 */
/* A built-in plugin goes the same way as one from a file, and comes before a file of its name. */
#include "world.h"

#include "plugin/builtin.h"
#include "use/use.h"

#include <cleat/cleanup.h>

#define _cleanup_config_ __attribute__((cleanup(config_freep)))

static const struct registry_env restart_only = { .types = PLUGIN_RESTART };

static void it_is_there_without_a_file(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = world_config(&dir, "load = restart\n");
	struct cleat_exit exit = { .size = sizeof(exit), .cause = CLEAT_CAUSE_FAILURE };
	struct cleat_policy policy = { .size = sizeof(policy), .name = "always" };
	struct cleat_decision decision;
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(registry_open(config, &restart_only, &registry, &err), err);
	UNIT_OK(registry_find(registry, "restart", NULL, &plugin, &err), err);
	CU_ASSERT_TRUE(plugin->builtin);
	CU_ASSERT_STRING_EQUAL(plugin->file, "/builtin/restart.a");
	UNIT_OK(use_restart_decide(plugin, &policy, &exit, &decision, &err), err);
	CU_ASSERT_TRUE(decision.restart);
	CU_ASSERT_EQUAL(decision.delay_ns, 100000000);
	registry_close(registry);
}

static void it_is_known_by_name(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = world_config(&dir, "load = restart\n");

	CU_ASSERT_TRUE(registry_is_builtin(config, "restart", NULL));
	CU_ASSERT_TRUE(registry_is_builtin(config, "restart", "standard"));
	CU_ASSERT_FALSE(registry_is_builtin(config, "restart", "never"));
	CU_ASSERT_FALSE(registry_is_builtin(config, "io", NULL));
}

static void what_is_not_named_is_not_loaded(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = world_config(&dir, "load =\n");
	struct registry *registry = NULL;
	struct cleat_error err = { 0 };

	UNIT_FAILS(registry_open(config, &restart_only, &registry, &err), ENOENT, err,
		   "restart plugin 'standard' is not loaded; there is none");
}

/* A static program passes over what it cannot open: its dynamic sister is for that. */
static void files_are_for_dynamic_programs(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config =
		world_config(&dir, "load = restart restart-never\n[restart/never]\n");
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;
	struct cleat_error err = { 0 };

	world_copy(&dir, TEST_PLUGINS, "restart-never");
	UNIT_OK(registry_open(config, &restart_only, &registry, &err), err);
	int r = registry_find(registry, "restart", "never", &plugin, &err);

	CU_ASSERT_EQUAL(r, program_builtins.sealed ? -ENOENT : 0);
	registry_close(registry);
}

/* A file that lies where the built-in's name points to is not the built-in. */
static void a_strangers_file_does_not_win(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = world_config(&dir, "load = restart\n");
	char command[1024];
	struct registry *registry = NULL;
	struct cleat_error err = { 0 };

	(void)snprintf(command, sizeof(command),
		       "mkdir '%s/builtin' && cp '%s/restart-never.so' '%s/builtin/restart.a' && "
		       "cp '%s/restart-never.so' '%s/restart.so'",
		       dir.path, TEST_PLUGINS, dir.path, TEST_PLUGINS, dir.path);
	CU_ASSERT_EQUAL(system(command), 0);
	CU_ASSERT_EQUAL(setenv("LTDL_LIBRARY_PATH", dir.path, 1), 0);
	UNIT_OK(registry_open(config, &restart_only, &registry, &err), err);
	CU_ASSERT_STRING_EQUAL(registry_at(registry, 0)->desc.name, "standard");
	registry_close(registry);
	CU_ASSERT_EQUAL(unsetenv("LTDL_LIBRARY_PATH"), 0);
}

UNIT_MAIN("plugin/builtin", UNIT_TEST(it_is_there_without_a_file), UNIT_TEST(it_is_known_by_name),
	  UNIT_TEST(what_is_not_named_is_not_loaded), UNIT_TEST(files_are_for_dynamic_programs),
	  UNIT_TEST(a_strangers_file_does_not_win))
