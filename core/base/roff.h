/* SPDX-License-Identifier: Apache-2.0 */
/* roff.h - words of ours in the language of manual pages. */
#ifndef CORE_BASE_ROFF_H
#define CORE_BASE_ROFF_H

#include "base/text.h"

/**
 * Add @words, a line's beginning or a word of it: roff takes a backslash for itself, a dot or quote at
 * the start of a line for a request, and a lone "-" for a hyphen that nobody can paste into a shell.
 */
void roff_words(struct text *out, const char *words);
/** Add @paragraphs, which are ended by an empty line; the lines within one are filled. */
void roff_paragraphs(struct text *out, const char *paragraphs);

#endif
