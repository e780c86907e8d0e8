/* SPDX-License-Identifier: Apache-2.0 */
/* roff.c - words of ours in the language of manual pages. */
#include "roff.h"

static void one(struct text *out, char c)
{
	if (c == '\\')
		text_add(out, "\\e");
	else if (c == '-')
		text_add(out, "\\-");
	else
		text_add_bytes(out, &c, 1);
}

static void begin_line(struct text *out, char c)
{
	if (c == '.' || c == '\'')
		text_add(out, "\\&");
}

void roff_words(struct text *out, const char *words)
{
	begin_line(out, *words);
	for (; *words; words++)
		one(out, *words);
}

void roff_paragraphs(struct text *out, const char *paragraphs)
{
	bool begins = true;

	for (const char *p = paragraphs; *p; p++) {
		if (begins && *p == '\n') {
			text_add(out, ".PP\n");
			continue;
		}
		if (begins)
			begin_line(out, *p);
		one(out, *p);
		begins = *p == '\n';
	}
	if (!begins)
		text_add(out, "\n");
}
