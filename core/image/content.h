/* SPDX-License-Identifier: Apache-2.0 */
/* content.h - the content store: <root>/content/sha256/<hex>, and its temporary files. */
#ifndef CORE_IMAGE_CONTENT_H
#define CORE_IMAGE_CONTENT_H

#include <stddef.h>

#include <cleat/error.h>

/** Directories of the store, below <root>. Blobs are in "sha256", what is being written in "tmp". */
#define CONTENT_DIR "content"
#define CONTENT_SHA "sha256"
#define CONTENT_TMP "tmp"

/** Open blob @digest of the store whose "content" directory is @content_fd. ENOENT. */
int content_open(int content_fd, const char *digest, struct cleat_error *err);
/** Read a whole blob of at most @limit bytes and check its digest. Free *out. */
int content_read(int content_fd, const char *digest, size_t limit, char **out, size_t *out_len,
		 struct cleat_error *err);
/** Remove the temporary files whose names begin with @prefix ("": all of them). */
int content_sweep(int content_fd, const char *prefix, struct cleat_error *err);
/** Open (and make) the store below <root>. fd or error. */
int content_open_store(int root_fd, struct cleat_error *err);

#endif
