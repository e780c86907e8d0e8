/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - sha256 as images write it. */
#include "digest.h"

#include <stdint.h>
#include <string.h>

static const char prefix[] = "sha256:";

bool digest_is_valid(const char *text)
{
	size_t start = sizeof(prefix) - 1;

	return strncmp(text, prefix, start) == 0 && strlen(text) == start + DIGEST_HEX &&
	       strspn(text + start, "0123456789abcdef") == DIGEST_HEX;
}

const char *digest_hex(const char *text)
{
	return text + sizeof(prefix) - 1;
}

void digest_text(const struct sha256_ctx *ctx, char out[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	struct sha256_ctx copy = *ctx; /* reading a digest starts nettle's context anew */
	uint8_t raw[SHA256_DIGEST_SIZE];
	char *at = stpcpy(out, prefix);

	sha256_digest(&copy, sizeof(raw), raw);
	for (size_t i = 0; i < sizeof(raw); i++) {
		*at++ = digits[raw[i] >> 4];
		*at++ = digits[raw[i] & 15];
	}
	*at = '\0';
}

void digest_of(const void *data, size_t len, char out[DIGEST_TEXT])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, data);
	digest_text(&ctx, out);
}

void digest_chain(const char *below, const char *diff_id, char out[DIGEST_TEXT])
{
	struct sha256_ctx ctx;

	if (!below) {
		memcpy(out, diff_id, DIGEST_TEXT);
		return;
	}
	sha256_init(&ctx);
	sha256_update(&ctx, strlen(below), (const uint8_t *)below);
	sha256_update(&ctx, 1, (const uint8_t *)" ");
	sha256_update(&ctx, strlen(diff_id), (const uint8_t *)diff_id);
	digest_text(&ctx, out);
}
