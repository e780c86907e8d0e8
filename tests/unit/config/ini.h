/* SPDX-License-Identifier: Apache-2.0 */
/* ini.h - write an ini file into a test's directory. */
#ifndef TESTS_UNIT_CONFIG_INI_H
#define TESTS_UNIT_CONFIG_INI_H

#include "support/tmpdir.h"

#include <sys/stat.h>

/** Write @text to @dir/@name, making @dir/conf.d and the like; the path in @out. */
static inline const char *ini_write(const struct tmpdir *dir, const char *name, const char *text,
				    size_t len, char out[256])
{
	(void)snprintf(out, 256, "%s/%s", dir->path, name);
	for (char *slash = strchr(out + strlen(dir->path) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(out, 0755);
		*slash = '/';
	}
	FILE *file = fopen(out, "we");

	if (!file || fwrite(text, 1, len, file) != len || fclose(file) != 0)
		abort();
	return out;
}

#endif
