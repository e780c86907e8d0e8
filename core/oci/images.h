/* SPDX-License-Identifier: Apache-2.0 */
/* images.h - what checkpoint and restore share: the directory of images, and options for the runtime. */
#ifndef CORE_OCI_IMAGES_H
#define CORE_OCI_IMAGES_H

#include "arguments.h"

/** Open --image-path ("checkpoint" in the current directory), @make it when missing. fd or -errno. */
int images_open(const struct arguments *arguments, bool make, struct cleat_error *err);
/** The flags as JSON with their own names; free it. NULL: out of memory. */
char *images_options(const struct arguments *arguments);

#endif
