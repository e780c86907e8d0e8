/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delete.c - cleat-oci delete.
 *
 * What a create that was killed left is found by its directory and by what the runtime wrote there
 * before each of its effects; a directory in which nothing was written yet is just removed.
 */
#include "commands.h"
#include "existing.h"
#include "state_root.h"

#include <errno.h>

static bool is_over(const struct container *container)
{
	return container->state.status == CLEAT_STOPPED || container->state.status == CLEAT_CREATED;
}

static int destroy(const struct arguments *arguments, struct container *container,
		   struct cleat_error *err)
{
	if (!arguments->force && !is_over(container))
		return cleat_fail(err, EBUSY, "cannot delete container %s that is not stopped: %s",
				  container->id, container_status(container));
	if (use_runtime_destroy(container->box, err) < 0)
		return -err->errnum;
	return state_dir_remove(container->root, container->dir, container->id, err);
}

/* Without --force, leftovers are removed too, but the caller hears that there was no container. */
static int remove_leftover(const struct arguments *arguments, struct container *container,
			   struct cleat_error *err)
{
	struct cleat_error why = *err;

	if (state_dir_remove(container->root, container->dir, container->id, err) < 0)
		return -err->errnum;
	*err = why;
	return arguments->force ? 0 : -err->errnum;
}

int oci_delete(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	int r = container_open_dir(arguments, &container, err);

	if (r < 0)
		return r == -ENOENT && arguments->force ? 0 : r;
	r = state_dir_lock(container.root, container.dir, container.id, err);
	if (r < 0)
		return r == -ENOENT && arguments->force ? 0 : r;
	r = container_load(arguments, &container, err);
	if (r == -ENOENT)
		return remove_leftover(arguments, &container, err);
	return r < 0 ? r : destroy(arguments, &container, err);
}
