/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - growing text and arrays of strings. */
#include "text.h"

#include <cleat/cleanup.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

void text_fini(struct text *t)
{
	cleat_freep(&t->bytes);
	*t = (struct text){ 0 };
}

static bool reserve(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;
	size_t room = t->room ? t->room : 64;

	if (t->failed)
		return false;
	if (need <= t->room)
		return true;
	while (room < need)
		room *= 2;
	char *bytes = realloc(t->bytes, room);

	if (!bytes) {
		t->failed = true;
		return false;
	}
	t->bytes = bytes;
	t->room = room;
	return true;
}

void text_add_bytes(struct text *t, const void *s, size_t n)
{
	if (!reserve(t, n))
		return;
	memcpy(t->bytes + t->len, s, n);
	t->len += n;
	t->bytes[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	_cleanup_free_ char *piece = NULL;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&piece, fmt, args);

	va_end(args);
	if (n < 0) {
		piece = NULL;
		t->failed = true;
		return;
	}
	text_add_bytes(t, piece, (size_t)n);
}

char *text_take(struct text *t)
{
	text_add_bytes(t, "", 0); /* empty text is "", not NULL */
	char *bytes = t->failed ? NULL : take_ptr(t->bytes);

	text_fini(t);
	return bytes;
}

char *text_format(const char *fmt, ...)
{
	char *out = NULL;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&out, fmt, args);

	va_end(args);
	return n < 0 ? NULL : out;
}

void strings_fini(struct strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->item[i]);
	free(s->item);
	*s = (struct strings){ 0 };
}

/* Takes @text over, also on failure. */
static int append(struct strings *s, char *text)
{
	if (!text)
		return -ENOMEM;
	if (s->n + 2 > s->room) {
		size_t room = s->room ? s->room * 2 : 8;
		char **item = realloc(s->item, room * sizeof(*item));

		if (!item) {
			free(text);
			return -ENOMEM;
		}
		s->item = item;
		s->room = room;
	}
	s->item[s->n++] = text;
	s->item[s->n] = NULL;
	return 0;
}

int strings_add(struct strings *s, const char *text)
{
	return append(s, strdup(text));
}

int strings_addf(struct strings *s, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);

	va_end(args);
	return append(s, n < 0 ? NULL : text);
}

int strings_set_env(struct strings *s, const char *assignment)
{
	size_t name = strcspn(assignment, "=");

	for (size_t i = 0; i < s->n; i++)
		if (strncmp(s->item[i], assignment, name) == 0 && s->item[i][name] == '=') {
			char *copy = strdup(assignment);

			if (!copy)
				return -ENOMEM;
			free(s->item[i]);
			s->item[i] = copy;
			return 0;
		}
	return strings_add(s, assignment);
}

int text_random_hex(char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[64];

	if (n > sizeof(raw))
		return -EINVAL;
	if (getrandom(raw, n, 0) != (ssize_t)n)
		return -EIO;
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[2 * n] = '\0';
	return 0;
}

bool text_is_name(const char *id)
{
	size_t n = strlen(id);

	if (n == 0 || n > 128 || !isalnum((unsigned char)id[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("_.-", id[i]))
			return false;
	return true;
}

/* Levenshtein distance, at most a small number: words of a command line. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	size_t n = strlen(b);

	if (n >= 64)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];
			size_t cost = diagonal + (a[i] != b[j]);

			if (above + 1 < cost)
				cost = above + 1;
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			row[j + 1] = cost;
			diagonal = above;
		}
	}
	return row[n];
}

const char *text_nearest(const char *s, const char *const *words)
{
	const char *best = NULL;
	size_t limit = strlen(s) / 3 + 1;

	for (; *words; words++) {
		size_t d = distance(s, *words);

		if (d <= limit) {
			limit = d ? d - 1 : 0;
			best = *words;
			if (d == 0)
				break;
		}
	}
	return best;
}
