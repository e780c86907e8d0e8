/* SPDX-License-Identifier: Apache-2.0 */
/* names.h - a set of paths. */
#ifndef IMAGE_LAYER_NAMES_H
#define IMAGE_LAYER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/** Zero-initialise. */
struct names {
	char **slot;
	size_t room, n;
};
void names_fini(struct names *names);
#define _cleanup_names_ __attribute__((cleanup(names_fini)))
/** 0 or -ENOMEM. */
int names_add(struct names *names, const char *path);
/** Is the first @len bytes of @path in the set? */
bool names_has(const struct names *names, const char *path, size_t len);
void names_remove(struct names *names, const char *path);

#endif
