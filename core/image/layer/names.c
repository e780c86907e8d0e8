/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - a set of paths: open addressing; a removed one becomes the empty string. */
#include "image/layer/names.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void names_fini(struct names *names)
{
	for (size_t i = 0; i < names->room; i++)
		free(names->slot[i]);
	free(names->slot);
}

static size_t hash(const char *path, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

/* Where @path is, or the free slot where it would go. */
static char **place(const struct names *names, const char *path, size_t len)
{
	size_t at = hash(path, len) & (names->room - 1);

	for (; names->slot[at]; at = (at + 1) & (names->room - 1))
		if (strncmp(names->slot[at], path, len) == 0 && !names->slot[at][len])
			break;
	return &names->slot[at];
}

static int grow(struct names *names)
{
	struct names bigger = { .room = names->room ? names->room * 2 : 256 };

	bigger.slot = calloc(bigger.room, sizeof(char *));
	if (!bigger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < names->room; i++) {
		char *path = names->slot[i];

		if (path && *path) {
			*place(&bigger, path, strlen(path)) = path;
			bigger.n++;
		} else {
			free(path);
		}
	}
	free(names->slot);
	*names = bigger;
	return 0;
}

int names_add(struct names *names, const char *path)
{
	char **slot = NULL;

	if (names->n * 2 >= names->room && grow(names) < 0)
		return -ENOMEM;
	slot = place(names, path, strlen(path));
	if (*slot)
		return 0;
	*slot = strdup(path);
	if (!*slot)
		return -ENOMEM;
	names->n++;
	return 0;
}

bool names_has(const struct names *names, const char *path, size_t len)
{
	return names->n > 0 && len > 0 && *place(names, path, len) != NULL;
}

void names_remove(struct names *names, const char *path)
{
	char **slot = names->n > 0 && *path ? place(names, path, strlen(path)) : NULL;

	if (slot && *slot)
		**slot = '\0'; /* keeps the chain of those that collided with it */
}
