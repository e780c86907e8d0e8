/* SPDX-License-Identifier: Apache-2.0 */
/* check.h - read a layer from end to end before it becomes part of an image. */
#ifndef IMAGE_LAYER_CHECK_H
#define IMAGE_LAYER_CHECK_H

#include <cleat/error.h>

/**
 * Read the archive @fd from its start: every name must stay in the root, no entry may lie behind a
 * symlink of the same layer, and the plain bytes must have @diff_id (NULL: not looked at).
 * @layer names it in errors. EINVAL.
 */
int layer_check(int fd, const char *layer, const char *diff_id, struct cleat_error *err);

struct archive_entry;
/** "layer 'X': entry 'Y' WHY", the form of all complaints about entries. */
int layer_complain(const char *layer, struct archive_entry *entry, const char *why,
		   struct cleat_error *err);

#endif
