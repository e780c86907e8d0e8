/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a plugin directory and a cleat.ini of a test's own. */
#ifndef TESTS_UNIT_PLUGIN_WORLD_H
#define TESTS_UNIT_PLUGIN_WORLD_H

#include "support/tmpdir.h"
#include "support/unit.h"

#include "config/config.h"
#include "plugin/registry.h"

#include <sys/stat.h>

/* Copy @from/@stem.so into the directory; it must not be writable for others whatever the umask was. */
static inline void world_copy(const struct tmpdir *dir, const char *from, const char *stem)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cp '%s/%s.so' '%s/' && chmod 644 '%s/%s.so'",
		       from, stem, dir->path, dir->path, stem);
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
}

/* A configuration with the directory as plugin-dir; @lines go into [plugins]. */
static inline struct config *world_config(const struct tmpdir *dir, const char *lines)
{
	struct config *config = NULL;
	struct cleat_error err = { 0 };
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/cleat.ini", dir->path);
	FILE *file = fopen(path, "we");

	if (!file)
		abort();
	(void)fprintf(file, "[cleat]\nplugin-dir = %s\n[plugins]\n%s", dir->path, lines);
	if (fclose(file) != 0)
		abort();
	UNIT_OK(config_open(path, &config, &err), err);
	return config;
}

#endif
