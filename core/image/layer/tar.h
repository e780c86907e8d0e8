/* SPDX-License-Identifier: Apache-2.0 */
/* tar.h - the entries of a tar archive, from a stream or from the middle of a plain file. */
#ifndef IMAGE_LAYER_TAR_H
#define IMAGE_LAYER_TAR_H

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

#include "image/layer/stream.h"

struct tar;

/** Entries of @stream (borrowed). */
int tar_open(struct stream *stream, struct tar **out, struct cleat_error *err);
/** Entries of the plain archive @fd (borrowed) from @offset on; data that nobody reads is skipped. */
int tar_open_at(int fd, off_t offset, const char *what, struct tar **out, struct cleat_error *err);
void tar_close(struct tar *tar);
void tar_closep(struct tar **tar);
#define _cleanup_tar_ __attribute__((cleanup(tar_closep)))
/** The next entry, valid until the next call. 1; 0 at the end; negative errno. */
int tar_next(struct tar *tar, struct archive_entry **out, struct cleat_error *err);
/** Where the header of the last entry begins in the plain archive. */
off_t tar_position(struct tar *tar);
/** A block of the entry's data at *out_offset (gaps are holes). Length; 0 at the end; negative errno. */
ssize_t tar_read(struct tar *tar, const void **out, off_t *out_offset, struct cleat_error *err);

#endif
