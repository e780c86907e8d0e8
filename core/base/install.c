/* SPDX-License-Identifier: Apache-2.0 */
/* install.c - find our own parts relative to the running program, so that a build tree works as it is. */
#include "install.h"

#include "seal.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The directory above bin (or libexec/cleat) of the running program. */
static int own_directories(char here[PATH_MAX], char prefix[PATH_MAX], struct cleat_error *err)
{
	int r = seal_program_path(here, PATH_MAX);
	char *slash = NULL;

	if (r < 0)
		return cleat_fail(err, -r, "cannot read '/proc/self/exe': %m");
	slash = strrchr(here, '/');
	*slash = '\0';
	memcpy(prefix, here, PATH_MAX);
	slash = strrchr(prefix, '/');
	if (slash)
		*slash = '\0';
	if (slash && strcmp(slash + 1, "cleat") == 0) { /* libexec/cleat: one further up */
		slash = strrchr(prefix, '/');
		if (slash)
			*slash = '\0';
	}
	return 0;
}

int install_prefix(char *out, size_t room, struct cleat_error *err)
{
	char here[PATH_MAX];
	char prefix[PATH_MAX];
	int r = own_directories(here, prefix, err);

	if (r == 0 && snprintf(out, room, "%s", prefix) >= (int)room)
		r = cleat_fail(err, ENAMETOOLONG, "cannot use directory '%s': %m", prefix);
	return r;
}

/* Each template has one %s for the prefix or the program's directory and one for @name. */
static int find(const char *const templates[][2], const char *name, char *out, size_t room,
		struct cleat_error *err)
{
	char here[PATH_MAX];
	char prefix[PATH_MAX];
	int r = own_directories(here, prefix, err);

	if (r < 0)
		return r;
	for (size_t i = 0; templates[i][0]; i++) {
		const char *base = strcmp(templates[i][0], "here") == 0     ? here
				   : strcmp(templates[i][0], "prefix") == 0 ? prefix
									    : "";
		int n = snprintf(out, room, "%s%s%s", base, templates[i][1], name);

		if (n > 0 && (size_t)n < room && access(out, F_OK) == 0)
			return 0;
	}
	return cleat_fail(err, ENOENT, "cannot find '%s' beside '%s' or under '%s'", name, here,
			  prefix);
}

int install_program(const char *name, char *out, size_t room, struct cleat_error *err)
{
	static const char *const places[][2] = { { "here", "/" },
						 { "prefix", "/bin/" },
						 { "prefix", "/libexec/cleat/" },
						 { NULL, NULL } };

	return find(places, name, out, room, err);
}

int install_plugin_dir(char *out, size_t room, struct cleat_error *err)
{
	static const char *const places[][2] = { { "prefix", "/lib/cleat/" },
#ifdef CLEAT_LIBDIR
						 { "prefix", "/" CLEAT_LIBDIR "/cleat/" },
#endif
						 { "prefix", "/lib64/cleat/" },
						 { NULL, NULL } };

	return find(places, "plugins", out, room, err);
}

int install_file(const char *name, char *out, size_t room, struct cleat_error *err)
{
	static const char *const places[][2] = { { "", "/etc/cleat/" },
						 { "prefix", "/etc/cleat/" },
						 { "prefix", "/share/cleat/" },
						 { NULL, NULL } };

	return find(places, name, out, room, err);
}
