/* SPDX-License-Identifier: Apache-2.0 */
/* file_atomic.h - replace a file so that a reader, or a power cut, finds the old or the new one whole. */
#ifndef CORE_BASE_FILE_ATOMIC_H
#define CORE_BASE_FILE_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <cleat/error.h>

/**
 * Write @data to a temporary file in @dir, fsync (when @durable), rename to @name, fsync @dir.
 * A symlink at @name is replaced, not followed. Leaves nothing behind on failure. ENOSPC, EIO.
 */
int file_replace(int dir, const char *name, const void *data, size_t len, mode_t mode, bool durable,
		 struct cleat_error *err);
/** Write @data to a new file @name, 0600, where nobody reads yet. EEXIST. */
int file_create(int dir, const char *name, const void *data, size_t len, struct cleat_error *err);

#endif
