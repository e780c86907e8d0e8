/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - sha256 as images write it: "sha256:" and 64 hex digits. */
#ifndef CORE_IMAGE_DIGEST_H
#define CORE_IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include <nettle/sha2.h>

enum { DIGEST_TEXT = 7 + 64 + 1, DIGEST_HEX = 64 };

/** Is it "sha256:" and 64 lower-case hex digits? Only then may it become a file name. */
bool digest_is_valid(const char *text);
/** The hex digits of a valid digest. */
const char *digest_hex(const char *text);
/** Write what @ctx has seen so far; @ctx may go on. */
void digest_text(const struct sha256_ctx *ctx, char out[DIGEST_TEXT]);
/** Digest of a block of memory. */
void digest_of(const void *data, size_t len, char out[DIGEST_TEXT]);
/** containerd's chain id: of the layers up to here; @below is NULL for the lowest. */
void digest_chain(const char *below, const char *diff_id, char out[DIGEST_TEXT]);

#endif
