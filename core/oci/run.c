/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - cleat-oci run: create, start, and in the foreground stay until the end. */
#include "attend.h"
#include "commands.h"
#include "launch.h"

#include <errno.h>
#include <sys/prctl.h>

int oci_run(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_launch_ struct launch launch = LAUNCH_NONE;

	/* What the container's processes leave behind becomes ours, and not the caller's, to reap. */
	if (!arguments->detach && !arguments->no_subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* only zombies would be left */
	if (launch_create(arguments, arguments->detach, &launch, err) < 0)
		return -err->errnum;
	if (!arguments->detach)
		attend_prepare();
	if (use_runtime_start(launch.container.box, err) < 0) {
		launch_clean_up(&launch);
		return -err->errnum;
	}
	return arguments->detach ? 0 : launch_attend(&launch, arguments, err);
}
