/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pax_names.c - the names in a pax header as bytes, not as text.
 *
 * libarchive brings names of pax headers into Unicode's composed form and has no switch for it on
 * Linux. A file name is bytes: one that is decomposed, or no UTF-8 at all, has to stay what it is. So
 * for names beyond ASCII we look at the header ourselves: "LENGTH KEY=VALUE\n", in a block of type 'x'.
 */
#include "image/layer/pax_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, SIZE_AT = 124, SIZE_DIGITS = 12, TYPE_AT = 156 };

void pax_names_fini(struct pax_names *names)
{
	free(names->path);
	free(names->linkpath);
}

static size_t octal(const char *digits)
{
	size_t value = 0;

	for (int i = 0; i < SIZE_DIGITS; i++)
		if (digits[i] >= '0' && digits[i] <= '7')
			value = value * 8 + (size_t)(digits[i] - '0');
	return value;
}

static void take(char **field, const char *value, size_t len)
{
	if (memchr(value, '\0', len))
		return; /* no file has such a name */
	free(*field);
	*field = strndup(value, len);
}

/** One record; its length, or 0 for damage. */
static size_t read_record(const char *at, size_t left, struct pax_names *out)
{
	size_t len = 0, digits = 0;

	while (digits < left && digits < 7 && at[digits] >= '0' && at[digits] <= '9')
		len = len * 10 + (size_t)(at[digits++] - '0');
	if (digits == 0 || len > left || len < digits + 3 || at[digits] != ' ' ||
	    at[len - 1] != '\n')
		return 0;
	const char *key = at + digits + 1;
	size_t rest = len - digits - 2; /* without blank and newline */

	if (rest > 5 && strncmp(key, "path=", 5) == 0)
		take(&out->path, key + 5, rest - 5);
	else if (rest > 9 && strncmp(key, "linkpath=", 9) == 0)
		take(&out->linkpath, key + 9, rest - 9);
	return len;
}

static void read_records(const char *at, size_t left, struct pax_names *out)
{
	while (left > 0) {
		size_t len = read_record(at, left, out);

		if (len == 0)
			return;
		at += len;
		left -= len;
	}
}

void pax_names_read(const char *group, size_t len, struct pax_names *out)
{
	while (len >= BLOCK && strchr("xgLK", group[TYPE_AT]) && group[TYPE_AT]) {
		size_t size = octal(group + SIZE_AT);
		size_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;

		if (size > len - BLOCK || padded > len - BLOCK)
			return; /* larger than what we were given: libarchive's name has to do */
		if (group[TYPE_AT] == 'x')
			read_records(group + BLOCK, size, out);
		group += BLOCK + padded;
		len -= BLOCK + padded;
	}
}
