/* SPDX-License-Identifier: Apache-2.0 */
/* dir.h - directories by descriptor: open safely, make, remove. */
#ifndef CORE_BASE_DIR_H
#define CORE_BASE_DIR_H

#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

/** Make @path and its missing parents with @mode, and open it (O_PATH is not set). fd or error. */
int dir_make(const char *path, mode_t mode, struct cleat_error *err);
/** Open @name below @dir without leaving it (openat2 BENEATH, no magic links, no symlinks). fd or -errno. */
int dir_open_beneath(int dir, const char *name, uint64_t flags, mode_t mode);
/** Remove the tree @name in @dir: never follows a link, never leaves the filesystem. Absent is success. */
int dir_remove_tree(int dir, const char *name, struct cleat_error *err);
/** fsync a directory. 0 or -errno. */
int dir_sync(int dir);

#endif
