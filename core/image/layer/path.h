/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - names in archives: cleaned, and refused when they lead out of the root. */
#ifndef IMAGE_LAYER_PATH_H
#define IMAGE_LAYER_PATH_H

#include <limits.h>
#include <stddef.h>

/**
 * Make @name relative to the root and free of ".", ".." and double slashes; the root itself is "".
 * Lexical, which is right because no symlink is ever followed on the way. -EXDEV: it leads out;
 * -ENAMETOOLONG.
 */
int path_clean(const char *name, char out[PATH_MAX]);
/** Split a cleaned path: its last component, and the length of what is before (0: in the root). */
const char *path_base(const char *path, size_t *out_parent_len);

#endif
