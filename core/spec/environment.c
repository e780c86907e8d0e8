/* SPDX-License-Identifier: Apache-2.0 */
/* environment.c - the program's environment. */
#include "environment.h"

#include <errno.h>
#include <string.h>

int environment_add(struct strings *to, const char *const *env, struct cleat_error *err)
{
	for (; env && *env; env++) {
		const char *equals = strchr(*env, '=');

		if (!equals || equals == *env)
			return cleat_fail(err, EINVAL,
					  "cannot set environment '%.64s': it must be written "
					  "NAME=value",
					  *env);
		if (strings_set_env(to, *env) < 0)
			return cleat_fail(err, ENOMEM, "out of memory");
	}
	return 0;
}

int environment_default(struct strings *to, const char *assignment, struct cleat_error *err)
{
	size_t name = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < to->n; i++)
		if (strncmp(to->item[i], assignment, name) == 0)
			return 0;
	if (strings_add(to, assignment) < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	return 0;
}
