/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at every single allocation while plugins are loaded, started and ended. */
#include "world.h"

#include "support/fault.h"

#include <cleat/cleanup.h>

static const struct registry_env restart_only = { .types = PLUGIN_RESTART };

static int open_and_close(struct config *config, struct cleat_error *err)
{
	struct registry *registry = NULL;
	int r = registry_open(config, &restart_only, &registry, err);

	registry_close(registry);
	return r;
}

static void opening_survives(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err;

	world_copy(&dir, PLUGINS, "restart");
	world_copy(&dir, TEST_PLUGINS, "restart-never");
	config = world_config(&dir, "load = restart restart-never\n[restart/standard]\n"
				    "delay-max = 2m\n");
	CU_ASSERT_TRUE(FAULT_EACH(open_and_close(config, &err), err) > 10);
}

UNIT_MAIN("plugin/fault", UNIT_TEST(opening_survives))
