/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - cleat-oci pause and resume. */
#include "commands.h"
#include "existing.h"

#include <errno.h>

int oci_pause(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;

	if (container_open_settled(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status != CLEAT_CREATED && container.state.status != CLEAT_RUNNING)
		return cleat_fail(err, EINVAL, "container not running");
	return use_runtime_pause(container.box, err);
}

int oci_resume(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;

	if (container_open_settled(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status != CLEAT_PAUSED && container.state.status != CLEAT_PAUSING)
		return cleat_fail(err, EINVAL, "container not paused");
	return use_runtime_resume(container.box, err);
}
