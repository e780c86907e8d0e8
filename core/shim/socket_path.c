/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_path.c - where a shim listens: a hash, so that no path is ever too long for a socket.
 *
 * containerd's directory is fixed, unless the bootstrap of 2.3 names another; ours lies beside the
 * daemon's socket. Containers of one group (a pod) have one socket: that is how the second one's `start`
 * finds the shim of the first.
 */
#include "actions.h"

#include <stdlib.h>
#include <string.h>

#include <nettle/sha2.h>

#include <cleat/cleanup.h>

#include "base/text.h"

static void hash(const char *text, char out[2 * SHA256_DIGEST_SIZE + 1])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, strlen(text), (const uint8_t *)text);
	sha256_digest(&sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	out[sizeof(digest) * 2] = '\0';
}

static const char *without_scheme(const char *address)
{
	return text_starts(address, "unix://") ? address + strlen("unix://") : address;
}

char *socket_path(const struct flags *flags, bool engine, const char *dir, const char *group)
{
	char name[2 * SHA256_DIGEST_SIZE + 1];
	const char *address = without_scheme(flags->address);
	_cleanup_free_ char *key =
		text_format("%s/%s/%s", address, flags->namespace_, group ? group : flags->id);
	const char *slash = strrchr(address, '/');

	if (!key)
		return NULL;
	hash(key, name);
	if (engine && slash)
		return text_format("%.*s/s/%s", (int)(slash - address), address, name);
	return text_format("%s/%s", dir ? dir : "/run/containerd/s", name);
}
