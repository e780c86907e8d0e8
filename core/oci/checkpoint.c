/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint.c - cleat-oci checkpoint and restore: refused for now.
 *
 * Also with --help: podman takes a 0 from `checkpoint --help` for support.
 */
#include "commands.h"

#include <errno.h>

int oci_checkpoint(const struct arguments *arguments, struct cleat_error *err)
{
	(void)arguments;
	return cleat_fail(err, ENOTSUP, "cannot checkpoint: it is not supported yet");
}

int oci_restore(const struct arguments *arguments, struct cleat_error *err)
{
	(void)arguments;
	return cleat_fail(err, ENOTSUP, "cannot restore: it is not supported yet");
}
