/* SPDX-License-Identifier: Apache-2.0 */
/* A built-in plugin goes the same way as one from a file, and comes before a file of its name. */
#include "world.h"

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

UNIT_MAIN("plugin/builtin", UNIT_TEST(it_is_there_without_a_file), UNIT_TEST(it_is_known_by_name),
	  UNIT_TEST(what_is_not_named_is_not_loaded))
