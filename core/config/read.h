/* SPDX-License-Identifier: Apache-2.0 */
/* read.h - one file becomes entries. */
#ifndef CORE_CONFIG_READ_H
#define CORE_CONFIG_READ_H

#include "config.h"

struct pool;

/** Entries in the order of the file. */
struct entries {
	struct config_entry *item;
	size_t n, room;
};

/**
 * Append the entries of @path, and its section headings (also of empty sections); strings go to @pool.
 * ENOENT; EINVAL with "FILE:LINE: ...".
 */
int read_file(const char *path, struct pool *pool, struct entries *out, struct entries *headings,
	      struct cleat_error *err);
/** Append one. 0 or -ENOMEM. */
int entries_add(struct entries *list, const struct config_entry *entry);
/** The entry of that section and key, or NULL. */
struct config_entry *entries_find(const struct entries *list, const char *section, const char *key);

#endif
