/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - memory that lives as long as one command. */
#include "cli/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct arena_piece {
	struct arena_piece *before;
	_Alignas(max_align_t) unsigned char bytes[];
};

static void no_memory(void)
{
	(void)fputs("cleat: out of memory\n", stderr);
	exit(125);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_piece *piece = calloc(1, sizeof(*piece) + bytes);

	if (!piece)
		no_memory();
	piece->before = arena->last;
	arena->last = piece;
	return piece->bytes;
}

void arena_fini(struct arena *arena)
{
	while (arena->last) {
		struct arena_piece *piece = arena->last;

		arena->last = piece->before;
		free(piece);
	}
}

char *arena_text_n(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return arena_text_n(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *made = NULL;
	char *kept = NULL;

	va_start(args, fmt);
	if (vasprintf(&made, fmt, args) < 0)
		no_memory();
	va_end(args);
	kept = arena_text(arena, made);
	free(made);
	return kept;
}

void arena_append(struct arena *arena, void *list, size_t *n, const void *item)
{
	void **old = NULL;
	void **items = NULL;

	memcpy(&old, list, sizeof(old)); /* the list's own type is of no interest here */
	items = old;
	/* Room doubles at each power of two; what is left behind is freed with the arena. */
	if ((*n & (*n - 1)) == 0) {
		items = arena_alloc(arena, (*n ? 2 * *n : 1) * sizeof(*items));
		if (*n)
			memcpy(items, old, *n * sizeof(*items));
		memcpy(list, &items, sizeof(items));
	}
	memcpy(&items[*n], &item, sizeof(item));
	(*n)++;
}
