/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_options.c - name layers relative to the directory that they share.
 *
 * containerd's layers are /var/lib/containerd/.../snapshots/N/fs: with some fifty of them the options
 * no longer fit. Relative to .../snapshots each takes a few bytes; the mount is made from there.
 */
#include "overlay_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#define KEY "lowerdir="

static const char *find_lower(const char *options)
{
	const char *at = options;

	while (at && strncmp(at, KEY, strlen(KEY)) != 0) {
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	return at ? at + strlen(KEY) : NULL;
}

/* Bytes of the longest directory, with its slash, that all of the @len bytes of layers begin with. */
static size_t common_directory(const char *layers, size_t len)
{
	size_t common = strcspn(layers, ":,");

	for (const char *at = layers; at < layers + len; at += strcspn(at, ":,") + 1) {
		size_t same = 0;

		if (*at != '/')
			return 0;
		while (same < common && at[same] == layers[same])
			same++;
		common = same;
	}
	while (common > 0 && layers[common - 1] != '/')
		common--;
	return common;
}

int overlay_shorten(const char *options, struct text *out, char **out_directory)
{
	const char *layers = find_lower(options);
	size_t len = layers ? strcspn(layers, ",") : 0;
	size_t common = layers ? common_directory(layers, len) : 0;

	/* an escaped colon or comma in a path: leave it as it is */
	if (common <= 1 || memchr(layers, '\\', len))
		return -ENOENT;
	text_add_bytes(out, options, (size_t)(layers - options));
	for (const char *at = layers; at < layers + len;) {
		size_t one = strcspn(at, ":,");

		text_printf(out, "%s%.*s", at == layers ? "" : ":", (int)(one - common),
			    at + common);
		at += one + 1;
	}
	text_add(out, layers + len);
	*out_directory = strndup(layers, common);
	return out->failed || !*out_directory ? -ENOMEM : 0;
}
