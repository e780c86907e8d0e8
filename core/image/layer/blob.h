/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.h - blobs on their way into the content store.
 *
 * Everything that an import brings is written to files without a name first. Only when all of it is
 * there and right does blobs_commit give names, under a lock that other imports respect. So whatever
 * ends an import early ends it without a trace.
 */
#ifndef IMAGE_LAYER_BLOB_H
#define IMAGE_LAYER_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

#include "image/digest.h"
#include "image/layer/space.h"

struct blob {
	int fd;
	uint64_t size;
	bool linked; /* by this commit */
	struct sha256_ctx hash;
	char digest[DIGEST_TEXT]; /* after blob_finish */
	char temporary[32];       /* name in tmp/, "" for a file that has none */
};

struct blobs {
	int content_fd, sha_fd, tmp_fd;
	struct blob **list;
	size_t n;
	struct space space;
};
#define BLOBS_NONE                                           \
	{                                                    \
		.content_fd = -1, .sha_fd = -1, .tmp_fd = -1 \
	}

/** Write below @content_fd (borrowed), the store's directory. */
int blobs_open(int content_fd, struct blobs *out, struct cleat_error *err);
void blobs_fini(struct blobs *blobs);
#define _cleanup_blobs_ __attribute__((cleanup(blobs_fini)))

/** A new, empty blob; it belongs to @blobs. */
int blob_new(struct blobs *blobs, struct blob **out, struct cleat_error *err);
int blob_write(struct blobs *blobs, struct blob *blob, const void *data, size_t len,
	       struct cleat_error *err);
/** Its end: the digest is known now. EINVAL when it is not @wanted (NULL: any). */
int blob_finish(struct blob *blob, const char *wanted, struct cleat_error *err);
/** A whole small blob. */
int blob_put(struct blobs *blobs, const void *data, size_t len, struct blob **out,
	     struct cleat_error *err);
/** Is a blob of that digest and size in the store, or on its way there? */
bool blobs_have(const struct blobs *blobs, const char *digest, uint64_t size);
/** Take back a blob that turned out not to be needed. */
void blob_drop(struct blobs *blobs, struct blob *blob);
/** Name all of them. On failure none of those that were not there before is left. */
int blobs_commit(struct blobs *blobs, struct cleat_error *err);

#endif
