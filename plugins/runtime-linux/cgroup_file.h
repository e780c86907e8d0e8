/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_file.h - read and write the small files of a cgroup directory. */
#ifndef RUNTIME_LINUX_CGROUP_FILE_H
#define RUNTIME_LINUX_CGROUP_FILE_H

#include <stddef.h>
#include <stdint.h>

/* All return 0 (or a length) or -errno; the caller knows what to say about it. */

/** One write(2) of @value: what the kernel takes is one setting a write. */
int cgroup_file_write(int dir_fd, const char *name, const char *value);
/** Like it, each line of @value by a write of its own, through one descriptor. */
int cgroup_file_write_lines(int dir_fd, const char *name, const char *value);
/** The start of @name as text, without a last newline; E2BIG when it is longer than @size - 1. */
int cgroup_file_read(int dir_fd, const char *name, char *text, size_t size);
/** The whole of it, malloc'ed. At most 16 MiB. */
int cgroup_file_read_all(int dir_fd, const char *name, char **out);
/** A number; "max" is UINT64_MAX. */
int cgroup_file_number(int dir_fd, const char *name, uint64_t *out);
/** The number after @key in a file of "KEY NUMBER" lines. ENODATA when it is not there. */
int cgroup_file_key(int dir_fd, const char *name, const char *key, uint64_t *out);
/** The same in text that has been read. */
int cgroup_text_key(const char *text, const char *key, uint64_t *out);

#endif
