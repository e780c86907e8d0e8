/* SPDX-License-Identifier: Apache-2.0 */
/* source.h - the files of an image archive, in a directory or in a plain tar. */
#ifndef IMAGE_LAYER_SOURCE_H
#define IMAGE_LAYER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

struct source;

int source_of_directory(int dir_fd, struct source **out, struct cleat_error *err);
/** @fd is a plain tar that can be sought in; @what names it in errors. */
int source_of_tar(int fd, const char *what, struct source **out, struct cleat_error *err);
void source_close(struct source *source);
void source_closep(struct source **source);
#define _cleanup_source_ __attribute__((cleanup(source_closep)))
bool source_has(const struct source *source, const char *name);
/** Entries of any kind in a tar. */
size_t source_entries(const struct source *source);

/** Call @each for the blocks of file @name, in order. ENOENT: not there. */
int source_read(struct source *source, const char *name,
		int (*each)(void *arg, const void *block, size_t len, struct cleat_error *err),
		void *arg, struct cleat_error *err);
/** The whole of a small file; free *out. EFBIG. */
int source_read_all(struct source *source, const char *name, size_t limit, char **out,
		    size_t *out_len, struct cleat_error *err);

#endif
