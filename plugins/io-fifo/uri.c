/* SPDX-License-Identifier: Apache-2.0 */
/* uri.c - the parts of "file:///a%20b?key=value", decoded as Go's net/url does. */
#include "uri.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* @in_query: a plus is a blank. */
static char *decode(const char *from, size_t len, bool in_query)
{
	char *text = strndup(from, len);
	char *to = text;

	for (const char *at = text; text && *at; at++) {
		if (*at == '%' && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
			*to++ = (char)(hex(at[1]) * 16 + hex(at[2]));
			at += 2;
		} else {
			*to++ = in_query && *at == '+' ? ' ' : *at;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

char *uri_path(const char *uri)
{
	const char *path = strstr(uri, "://") + 3;

	return decode(path, strcspn(path, "?"), false);
}

static bool has_key(const struct uri_words *words, const char *key)
{
	for (size_t i = 1; i < words->n; i += 2)
		if (strcmp(words->word[i], key) == 0)
			return true;
	return false;
}

/* One "key=value" of @len bytes. */
static int add_pair(struct uri_words *words, const char *pair, size_t len)
{
	size_t key_len = 0;

	while (key_len < len && pair[key_len] != '=')
		key_len++;
	size_t value_at = key_len < len ? key_len + 1 : len;
	char *key = decode(pair, key_len, true);
	char *value = decode(pair + value_at, len - value_at, true);

	if (!key || !value || has_key(words, key)) {
		bool failed = !key || !value;

		free(key);
		free(value);
		return failed ? -ENOMEM : 0;
	}
	words->word[words->n++] = key;
	words->word[words->n++] = value;
	return 0;
}

int uri_words(const char *uri, struct uri_words *out)
{
	const char *query = strchr(uri, '?');
	size_t pairs = 1;
	int r = 0;

	for (const char *at = query; at && *at; at++)
		pairs += *at == '&';
	out->word = calloc(2 * pairs + 2, sizeof(*out->word));
	if (!out->word)
		return -ENOMEM;
	out->word[0] = uri_path(uri);
	if (!out->word[0])
		return -ENOMEM;
	out->n = 1;
	for (const char *at = query ? query + 1 : ""; r == 0 && *at;) {
		size_t len = strcspn(at, "&");

		r = len ? add_pair(out, at, len) : 0;
		at += len + (at[len] == '&');
	}
	return r;
}

void uri_words_fini(struct uri_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->word[i]);
	free(words->word);
	*words = (struct uri_words){ 0 };
}
