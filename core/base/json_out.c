/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.c - JSON written by yajl_gen. */
#include "json_out.h"

#include <cleat/cleanup.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

struct json_out {
	yajl_gen gen;
	bool failed;
};

struct json_out *json_out_new(bool pretty)
{
	struct json_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->gen = yajl_gen_alloc(NULL);
	if (!o->gen) {
		free(o);
		return NULL;
	}
	yajl_gen_config(o->gen, yajl_gen_beautify, pretty ? 1 : 0);
	yajl_gen_config(o->gen, yajl_gen_indent_string, "    ");
	return o;
}

void json_out_free(struct json_out *o)
{
	if (!o)
		return;
	yajl_gen_free(o->gen);
	free(o);
}

void json_out_freep(struct json_out **o)
{
	json_out_free(*o);
}

char *json_out_take(struct json_out *o)
{
	const unsigned char *text = NULL;
	size_t len = 0;

	if (o->failed || yajl_gen_get_buf(o->gen, &text, &len) != yajl_gen_status_ok)
		return NULL;
	char *copy = strndup((const char *)text, len);

	if (copy && len && copy[len - 1] == '\n') /* yajl ends a pretty document with one */
		copy[len - 1] = '\0';
	return copy;
}

static void check(struct json_out *o, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		o->failed = true;
}

void json_out_object(struct json_out *o)
{
	check(o, yajl_gen_map_open(o->gen));
}

void json_out_object_end(struct json_out *o)
{
	check(o, yajl_gen_map_close(o->gen));
}

void json_out_array(struct json_out *o)
{
	check(o, yajl_gen_array_open(o->gen));
}

void json_out_array_end(struct json_out *o)
{
	check(o, yajl_gen_array_close(o->gen));
}

/* Length of the valid UTF-8 sequence at @s, or 0. */
static size_t sequence(const unsigned char *s)
{
	size_t n = *s < 0x80                 ? 1
		   : *s >= 0xc2 && *s < 0xe0 ? 2
		   : (*s & 0xf0) == 0xe0     ? 3
		   : *s >= 0xf0 && *s < 0xf5 ? 4
					     : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((n == 3 && *s == 0xe0 && s[1] < 0xa0) || (n == 3 && *s == 0xed && s[1] > 0x9f) ||
	    (n == 4 && *s == 0xf0 && s[1] < 0x90) || (n == 4 && *s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void text_repaired(struct json_out *o, const unsigned char *s, size_t len)
{
	_cleanup_free_ unsigned char *copy = malloc(len * 3 + 1);
	size_t used = 0;

	if (!copy) {
		o->failed = true;
		return;
	}
	while (*s) {
		size_t n = sequence(s);

		if (n == 0) {
			memcpy(copy + used, "\xef\xbf\xbd", 3);
			used += 3;
			s++;
			continue;
		}
		memcpy(copy + used, s, n);
		used += n;
		s += n;
	}
	check(o, yajl_gen_string(o->gen, copy, used));
}

void json_out_text(struct json_out *o, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 1;

	if (!text) {
		json_out_null(o);
		return;
	}
	while (*s && (n = sequence(s)) > 0)
		s += n;
	if (n == 0)
		text_repaired(o, (const unsigned char *)text, strlen(text));
	else
		check(o, yajl_gen_string(o->gen, (const unsigned char *)text, strlen(text)));
}

void json_out_key(struct json_out *o, const char *key)
{
	json_out_text(o, key);
}

static void number(struct json_out *o, const char *text)
{
	check(o, yajl_gen_number(o->gen, text, strlen(text)));
}

void json_out_i64(struct json_out *o, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	number(o, text);
}

void json_out_u64(struct json_out *o, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, n);
	number(o, text);
}

void json_out_double(struct json_out *o, double n)
{
	check(o, yajl_gen_double(o->gen, n));
}

void json_out_bool(struct json_out *o, bool truth)
{
	check(o, yajl_gen_bool(o->gen, truth));
}

void json_out_null(struct json_out *o)
{
	check(o, yajl_gen_null(o->gen));
}

void json_out_value(struct json_out *o, const struct json *v)
{
	switch (json_type(v)) {
	case JSON_NULL:
		json_out_null(o);
		break;
	case JSON_BOOL:
		json_out_bool(o, json_is_true(v));
		break;
	case JSON_NUMBER:
		number(o, json_number_text(v));
		break;
	case JSON_STRING:
		json_out_text(o, json_text(v));
		break;
	case JSON_ARRAY:
		json_out_array(o);
		for (size_t i = 0; i < json_len(v); i++)
			json_out_value(o, json_at(v, i));
		json_out_array_end(o);
		break;
	case JSON_OBJECT:
		json_out_object(o);
		for (size_t i = 0; i < json_len(v); i++) {
			json_out_key(o, json_key(v, i));
			json_out_value(o, json_at(v, i));
		}
		json_out_object_end(o);
		break;
	}
}

void json_out_pair_text(struct json_out *o, const char *key, const char *text)
{
	json_out_key(o, key);
	json_out_text(o, text);
}

void json_out_pair_i64(struct json_out *o, const char *key, int64_t n)
{
	json_out_key(o, key);
	json_out_i64(o, n);
}

void json_out_pair_u64(struct json_out *o, const char *key, uint64_t n)
{
	json_out_key(o, key);
	json_out_u64(o, n);
}

void json_out_pair_bool(struct json_out *o, const char *key, bool truth)
{
	json_out_key(o, key);
	json_out_bool(o, truth);
}

void json_out_pair_texts(struct json_out *o, const char *key, const char *const *items)
{
	json_out_key(o, key);
	json_out_array(o);
	for (; items && *items; items++)
		json_out_text(o, *items);
	json_out_array_end(o);
}
