/* SPDX-License-Identifier: Apache-2.0 */
/* overlay_options.h - overlay mounts of many layers, in the one page of options that mount(2) reads. */
#ifndef CORE_SHIM_OVERLAY_OPTIONS_H
#define CORE_SHIM_OVERLAY_OPTIONS_H

#include <cleat/error.h>

#include "base/text.h"

/**
 * Shorten lowerdir= of @options ("a=b,lowerdir=/x/1/fs:/x/2/fs"): *@out has the layers relative to
 * *@out_directory, their longest common directory; free it. -ENOENT: there is nothing to shorten.
 */
int overlay_shorten(const char *options, struct text *out, char **out_directory);

#endif
