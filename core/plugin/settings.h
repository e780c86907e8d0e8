/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the section [type/name] becomes a plugin's struct. */
#ifndef CORE_PLUGIN_SETTINGS_H
#define CORE_PLUGIN_SETTINGS_H

#include "registry.h"

/** Bind the plugin's section; *out (NULL when it has no settings) is to be freed after fini. */
int settings_bind(struct config *config, const struct plugin *plugin, void **out,
		  struct cleat_error *err);
/**
 * Refuse sections that no plugin owns. @types: those that this program judges; @all: every plugin of
 * `load` was opened, so that an unknown name is an error and not somebody else's.
 */
int settings_check_sections(const struct config *config, struct plugin *const *plugins, size_t n,
			    unsigned types, bool all, struct cleat_error *err);

#endif
