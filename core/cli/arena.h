/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory that lives as long as one command: requests are built of many small pieces.
 *
 * Out of memory ends the program with a sentence and 125: a client holds nothing that could be lost.
 */
#ifndef CORE_CLI_ARENA_H
#define CORE_CLI_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_piece *last;
};
void arena_fini(struct arena *arena);
/** Zeroed memory. */
void *arena_alloc(struct arena *arena, size_t bytes);
/** A copy of @len bytes of @text, with NUL. */
char *arena_text_n(struct arena *arena, const char *text, size_t len);
char *arena_text(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * Append @item to a list of pointers as protobuf-c has them: *(void ***)@list and *@n. @list is the
 * address of the pointer, whatever its type.
 */
void arena_append(struct arena *arena, void *list, size_t *n, const void *item);

#endif
