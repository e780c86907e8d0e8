/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h - the plain bytes of a file that may be compressed, counted and hashed on the way. */
#ifndef IMAGE_LAYER_STREAM_H
#define IMAGE_LAYER_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

#include "image/digest.h"

struct stream;

/** Read from @fd (borrowed) at its position; gzip, zstd, xz and bzip2 are undone. @step, @what: progress. */
int stream_open(int fd, const char *step, const char *what, struct stream **out,
		struct cleat_error *err);
void stream_close(struct stream *stream);
void stream_closep(struct stream **stream);
#define _cleanup_stream_ __attribute__((cleanup(stream_closep)))
/** The next block, valid until the next call. Its length; 0 at the end; negative errno. */
ssize_t stream_read(struct stream *stream, const void **out, struct cleat_error *err);
/** Read what is left. Needed before stream_digest: archives end before their file does. */
int stream_drain(struct stream *stream, struct cleat_error *err);
/** Of the plain bytes read so far. */
void stream_digest(const struct stream *stream, char out[DIGEST_TEXT]);
/** Was the file compressed? Known after the first read. */
bool stream_compressed(const struct stream *stream);
/** Zero bytes at the end of what was read: a tar ends in 1024 or it was cut off. */
uint64_t stream_trailing_zeros(const struct stream *stream);

#endif
