/* SPDX-License-Identifier: Apache-2.0 */
/* detach_keys.c - find a sequence of keys in what is typed, in whatever pieces it comes. */
#include "cli/detach_keys.h"

#include <errno.h>
#include <string.h>

static int parse_key(const char *word, size_t len, unsigned char *out)
{
	static const char prefix[] = "ctrl-";
	size_t n = sizeof(prefix) - 1;

	if (len == 1 && *word > ' ' && *word < 0x7f) {
		*out = (unsigned char)*word;
		return 0;
	}
	if (len != n + 1 || strncmp(word, prefix, n) != 0)
		return -EINVAL;
	if (word[n] >= 'a' && word[n] <= 'z')
		*out = (unsigned char)(word[n] - 'a' + 1);
	else if (word[n] >= '@' && word[n] <= '_')
		*out = (unsigned char)(word[n] - '@');
	else
		return -EINVAL;
	return 0;
}

int detach_keys_parse(const char *text, struct detach_keys *out, struct cleat_error *err)
{
	*out = (struct detach_keys){ 0 };
	while (*text) {
		size_t len = strcspn(text, ",");

		if (out->n == DETACH_KEYS_MAX || parse_key(text, len, &out->keys[out->n]) < 0)
			return cleat_fail(err, EINVAL,
					  "invalid detach keys: '%.40s' is neither a character nor "
					  "ctrl- and one of a-z @ [ \\ ] ^ _",
					  text);
		out->n++;
		text += len;
		if (*text == ',' && *++text == '\0')
			return cleat_fail(err, EINVAL, "invalid detach keys: a comma at the end");
	}
	return 0;
}

/* How long a beginning of the keys is still typed when @key follows @seen of them. */
static size_t step(const struct detach_keys *keys, size_t seen, unsigned char key)
{
	/* seen < n: whoever has typed all of them has left */
	/* cppcheck-suppress arrayIndexOutOfBoundsCond */
	while (seen > 0 && keys->keys[seen] != key) {
		size_t shorter = seen - 1;

		/* the longest end of what was typed that begins the keys anew */
		while (shorter > 0 && memcmp(keys->keys, keys->keys + seen - shorter, shorter) != 0)
			shorter--;
		seen = shorter;
	}
	return keys->keys[seen] == key ? seen + 1 : seen;
}

bool detach_keys_filter(struct detach_keys *keys, char *bytes, size_t *len)
{
	size_t held = keys->seen;
	size_t total = held + *len;
	bool found = false;

	if (!keys->n)
		return false;
	/* As if what was held back came only now. */
	memmove(bytes + held, bytes, *len);
	memcpy(bytes, keys->keys, held);
	for (size_t i = held; i < total && !found; i++) {
		keys->seen = step(keys, keys->seen, (unsigned char)bytes[i]);
		found = keys->seen == keys->n;
		if (found)
			total = i + 1;
	}
	*len = total - keys->seen;
	if (found)
		keys->seen = 0;
	return found;
}
