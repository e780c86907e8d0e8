/* SPDX-License-Identifier: Apache-2.0 */
/* shim_cgroup.c - the option shim_cgroup: the shim is counted, and limited, where the operator says. */
#include "actions.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cgroup.h"

static bool climbs(const char *path)
{
	for (const char *at = strstr(path, ".."); at; at = strstr(at + 2, ".."))
		if ((at == path || at[-1] == '/') && (at[2] == '\0' || at[2] == '/'))
			return true;
	return false;
}

int shim_cgroup_enter(const char *path, struct cleat_error *err)
{
	if (climbs(path))
		return cleat_fail(err, EINVAL, "shim cgroup '%s' has '..' in it", path);
	int r = cgroup_enter(path, getpid(), false);

	return r < 0 ? cleat_fail(err, -r, "cannot join shim cgroup '%s': %m", path) : 0;
}
