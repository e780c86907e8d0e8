/* SPDX-License-Identifier: Apache-2.0 */
/* restore.c - cleat-oci restore: as run, but the processes come out of images and run at once. */
#include "attend.h"
#include "commands.h"
#include "images.h"
#include "launch.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/prctl.h>

int oci_restore(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_launch_ struct launch launch = LAUNCH_NONE;
	_cleanup_free_ char *options = images_options(arguments);
	_cleanup_close_ int images = images_open(arguments, false, err);

	if (images < 0)
		return images;
	if (!options)
		return cleat_fail(err, ENOMEM, "cannot restore: out of memory");
	launch.images = images;
	launch.restore_options = options;
	if (!arguments->detach && !arguments->no_subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* only zombies would be left */
	if (!arguments->detach)
		attend_prepare(); /* it runs as soon as it is made */
	if (launch_create(arguments, arguments->detach, &launch, err) < 0)
		return -err->errnum;
	return arguments->detach ? 0 : launch_attend(&launch, arguments, err);
}
