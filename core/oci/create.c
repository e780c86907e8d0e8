/* SPDX-License-Identifier: Apache-2.0 */
/* create.c - cleat-oci create. */
#include "commands.h"
#include "launch.h"

int oci_create(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_launch_ struct launch launch = LAUNCH_NONE;

	return launch_create(arguments, true, &launch, err);
}
