/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.c - the one check for every string from a configuration that becomes a file name.
 *
 * runc formatted hugepageLimits.pageSize into a path unchecked until 1.1.10; whoever wrote the
 * configuration could write any file of the host's cgroup tree.
 */
#include "name.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static bool component_is_safe(const char *name, size_t len)
{
	if (len == 0 || len > NAME_MAX)
		return false;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '/' || (unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	return true;
}

bool name_is_safe(const char *name)
{
	return component_is_safe(name, strlen(name));
}

int name_check(const char *name, const char *what, struct cleat_error *err)
{
	if (name_is_safe(name))
		return 0;
	return cleat_fail(err, EINVAL,
			  "cannot use '%.80s' as %s: it must be a plain file name without '/'",
			  name, what);
}

int name_check_path(const char *path, const char *what, struct cleat_error *err)
{
	size_t components = 0;

	for (const char *at = path; *at;) {
		size_t len = strcspn(at, "/");

		if (len > 0 && !component_is_safe(at, len))
			return cleat_fail(err, EINVAL,
					  "cannot use '%.120s' as %s: '%.80s' is not allowed in it",
					  path, what, at);
		components += len > 0;
		at += len + (at[len] == '/');
	}
	if (components == 0)
		return cleat_fail(err, EINVAL, "cannot use '%s' as %s: it names nothing", path,
				  what);
	if (strlen(path) >= PATH_MAX)
		return cleat_fail(err, ENAMETOOLONG, "cannot use a path of %zu bytes as %s",
				  strlen(path), what);
	return 0;
}
