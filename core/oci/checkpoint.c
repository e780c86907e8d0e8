/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - cleat-oci checkpoint: images of a container, which is deleted unless it may go on. */
#include "commands.h"
#include "existing.h"
#include "images.h"
#include "state_root.h"

#include <cleat/cleanup.h>

#include <errno.h>

static int dump(const struct arguments *arguments, struct container *container,
		struct cleat_error *err)
{
	_cleanup_free_ char *options = images_options(arguments);

	if (!options)
		return cleat_fail(err, ENOMEM, "cannot checkpoint '%s': out of memory",
				  container->id);
	if (container->state.status == CLEAT_CREATED || container->state.status == CLEAT_STOPPED)
		return cleat_fail(err, EINVAL, "Container cannot be checkpointed in %s state",
				  container_status(container));
	_cleanup_close_ int images = images_open(arguments, true, err);

	return images < 0 ? images : use_runtime_checkpoint(container->box, images, options, err);
}

int oci_checkpoint(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;

	if (container_open_dir(arguments, &container, err) < 0 ||
	    state_dir_lock(container.root, container.dir, container.id, err) < 0 ||
	    container_load(arguments, &container, err) < 0 || dump(arguments, &container, err) < 0)
		return -err->errnum;
	if (arguments->leave_running || arguments->pre_dump)
		return 0;
	if (use_runtime_destroy(container.box, err) < 0)
		return -err->errnum;
	return state_dir_remove(container.root, container.dir, container.id, err);
}
