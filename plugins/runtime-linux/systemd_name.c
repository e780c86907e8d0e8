/* SPDX-License-Identifier: Apache-2.0 */
/* systemd_name.c - "slice:prefix:name" as the names of units and as a path of cgroups. */
#include "systemd_unit.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* unit_name_is_valid of systemd. */
static bool is_name(const char *text)
{
	return *text && strlen(text) < 256 &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789:-_.\\@")] == '\0';
}

/* "a-b.slice" lies in "a.slice": each '-' is a level. */
static int check_slice(const char *slice, struct cleat_error *err)
{
	if (strcmp(slice, "-.slice") == 0)
		return 0;
	if (!is_name(slice) || !ends_with(slice, ".slice") || *slice == '-' ||
	    strstr(slice, "--") || strstr(slice, "-.slice"))
		return cleat_fail(err, EINVAL, "'%.100s' is no name of a slice", slice);
	return 0;
}

static void add_slice_path(const char *slice, char *out, size_t size)
{
	size_t stem = strlen(slice) - strlen(".slice");
	size_t used = 0;

	*out = '\0';
	if (strcmp(slice, "-.slice") == 0)
		return;
	for (size_t i = 0; i <= stem; i++)
		if ((i == stem || slice[i] == '-') && used < size)
			used += (size_t)snprintf(out + used, size - used, "/%.*s.slice", (int)i,
						 slice);
}

static int split(const char *text, struct systemd_unit *out, struct cleat_error *err)
{
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;

	if (!second || strchr(second + 1, ':') || !second[1])
		return cleat_fail(err, EINVAL,
				  "expected cgroupsPath to be of format \"slice:prefix:name\" for "
				  "systemd cgroups, got \"%.200s\" instead",
				  text);
	if (first > text)
		(void)snprintf(out->slice, sizeof(out->slice), "%.*s", (int)(first - text), text);
	if (ends_with(second + 1, ".slice"))
		return cleat_fail(
			err, EINVAL,
			"cgroupsPath '%.200s' names a slice, and a container needs a scope", text);
	(void)snprintf(out->name, sizeof(out->name), "%.*s%s%s.scope", (int)(second - first - 1),
		       first + 1, second > first + 1 ? "-" : "", second + 1);
	return 0;
}

int systemd_unit_plan(const char *text, const char *id, bool user, struct systemd_unit *out,
		      char **out_path, struct cleat_error *err)
{
	char path[4096];
	int r = 0;

	*out = (struct systemd_unit){ .user = user };
	(void)snprintf(out->slice, sizeof(out->slice), "%s", user ? "user.slice" : "system.slice");
	if (text && *text)
		r = split(text, out, err);
	else
		(void)snprintf(out->name, sizeof(out->name), "cleat-%s.scope", id);
	if (r == 0)
		r = check_slice(out->slice, err);
	if (r == 0 && !is_name(out->name))
		r = cleat_fail(err, EINVAL, "'%.200s' is no name of a unit", out->name);
	if (r < 0)
		return r;
	add_slice_path(out->slice, path, sizeof(path));
	if (asprintf(out_path, "%s/%s", path, out->name) < 0) {
		*out_path = NULL;
		return cleat_fail(err, ENOMEM, "cannot hold the path of a cgroup: %m");
	}
	return 0;
}
