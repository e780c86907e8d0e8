/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - cleat-oci start. */
#include "commands.h"
#include "existing.h"

#include <errno.h>

/* The texts are runc's: callers match on them. */
static int refuse(const struct container *container, struct cleat_error *err)
{
	switch (container->state.status) {
	case CLEAT_STOPPED:
		return cleat_fail(err, ESRCH, "cannot start a container that has stopped");
	case CLEAT_RUNNING:
		return cleat_fail(err, EALREADY, "cannot start an already running container");
	default:
		return cleat_fail(err, EBUSY, "cannot start a container in the %s state",
				  container_status(container));
	}
}

int oci_start(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;

	if (container_open_settled(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status != CLEAT_CREATED)
		return refuse(&container, err);
	return use_runtime_start(container.box, err);
}
