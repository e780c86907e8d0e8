/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - a strict JSON reader on yajl's event parser.
 *
 * yajl's own tree API neither limits depth nor keeps 64-bit integers, and it keeps the first of two
 * equal keys in silence. Members are compared pairwise only in small objects; larger ones are
 * sorted once, so that a hostile object of a million keys costs n log n.
 */
#include <cleat/json.h>

#include <cleat/cleanup.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum {
	MAX_BYTES = 16 << 20,
	MAX_DEPTH = 128,
	MAX_VALUES = 1 << 20,
	CHUNK = 16 << 10,
};

struct json {
	enum json_type type;
	bool truth;
	size_t len;
	const char *text; /* string, or number as written */
	const char *key;  /* when a member */
	struct json *first, *last, *next;
	const struct json **items; /* built when the container ends */
};

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct json_doc {
	struct chunk *chunks;
	struct json *root;
};

struct reader {
	struct json_doc *doc;
	struct json *open[MAX_DEPTH];
	size_t depth, values;
	const char *key;
	struct cleat_error *err;
};

static void *arena(struct json_doc *doc, size_t bytes)
{
	size_t need = (bytes + 15) & ~(size_t)15;
	struct chunk *chunk = doc->chunks;

	if (!chunk || chunk->size - chunk->used < need) {
		size_t size = need > CHUNK ? need : CHUNK;

		chunk = malloc(sizeof(*chunk) + size);
		if (!chunk)
			return NULL;
		chunk->next = doc->chunks;
		chunk->used = 0;
		chunk->size = size;
		doc->chunks = chunk;
	}
	void *p = chunk->bytes + chunk->used;

	chunk->used += need;
	memset(p, 0, need);
	return p;
}

static const char *keep(struct reader *r, const char *text, size_t len)
{
	char *copy = NULL;

	if (memchr(text, '\0', len)) {
		(void)cleat_fail(r->err, EINVAL, "a string contains a NUL byte");
		return NULL;
	}
	copy = arena(r->doc, len + 1);
	if (!copy) {
		(void)cleat_fail(r->err, ENOMEM, "out of memory");
		return NULL;
	}
	memcpy(copy, text, len);
	return copy;
}

static struct json *add(struct reader *r, enum json_type type)
{
	struct json *parent = r->depth ? r->open[r->depth - 1] : NULL;
	struct json *v = NULL;

	if (++r->values > MAX_VALUES) {
		(void)cleat_fail(r->err, E2BIG, "more than %d values", MAX_VALUES);
		return NULL;
	}
	v = arena(r->doc, sizeof(*v));
	if (!v) {
		(void)cleat_fail(r->err, ENOMEM, "out of memory");
		return NULL;
	}
	v->type = type;
	if (!parent) {
		r->doc->root = v;
		return v;
	}
	if (parent->type == JSON_OBJECT)
		v->key = take_ptr(r->key);
	if (parent->last)
		parent->last->next = v;
	else
		parent->first = v;
	parent->last = v;
	parent->len++;
	return v;
}

static int on_null(void *ctx)
{
	return add(ctx, JSON_NULL) != NULL;
}

static int on_bool(void *ctx, int truth)
{
	struct json *v = add(ctx, JSON_BOOL);

	if (v)
		v->truth = truth != 0;
	return v != NULL;
}

static int on_number(void *ctx, const char *text, size_t len)
{
	struct json *v = add(ctx, JSON_NUMBER);

	if (v)
		v->text = keep(ctx, text, len);
	return v && v->text;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	struct json *v = add(ctx, JSON_STRING);

	if (v)
		v->text = keep(ctx, (const char *)text, len);
	return v && v->text;
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct reader *r = ctx;

	r->key = keep(r, (const char *)text, len);
	return r->key != NULL;
}

static int open_container(struct reader *r, enum json_type type)
{
	struct json *v = NULL;

	if (r->depth == MAX_DEPTH) {
		(void)cleat_fail(r->err, E2BIG, "nested deeper than %d levels", MAX_DEPTH);
		return 0;
	}
	v = add(r, type);
	if (v)
		r->open[r->depth++] = v;
	return v != NULL;
}

static int on_map(void *ctx)
{
	return open_container(ctx, JSON_OBJECT);
}

static int on_array(void *ctx)
{
	return open_container(ctx, JSON_ARRAY);
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const struct json *const *)a)->key, (*(const struct json *const *)b)->key);
}

/* Refuse two equal keys: sort a copy of the members and compare neighbours. */
static int unique_keys(struct reader *r, const struct json *v)
{
	_cleanup_free_ const struct json **sorted = NULL;

	if (v->len < 2)
		return 1;
	sorted = malloc(v->len * sizeof(const struct json *));
	if (!sorted) {
		(void)cleat_fail(r->err, ENOMEM, "out of memory");
		return 0;
	}
	memcpy(sorted, v->items, v->len * sizeof(const struct json *));
	qsort(sorted, v->len, sizeof(const struct json *), by_key);
	for (size_t i = 1; i < v->len; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
			(void)cleat_fail(r->err, EINVAL, "duplicate key \"%.100s\"",
					 sorted[i]->key);
			return 0;
		}
	return 1;
}

static int on_end(void *ctx)
{
	struct reader *r = ctx;
	struct json *v = r->open[--r->depth];
	size_t i = 0;

	v->items = arena(r->doc, v->len * sizeof(const struct json *));
	if (!v->items) {
		(void)cleat_fail(r->err, ENOMEM, "out of memory");
		return 0;
	}
	for (const struct json *item = v->first; item; item = item->next)
		v->items[i++] = item;
	return v->type == JSON_ARRAY || unique_keys(r, v);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

static void line_of(const char *text, size_t offset, size_t *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset; i++) {
		(*column)++;
		if (text[i] == '\n') {
			(*line)++;
			*column = 1;
		}
	}
}

/* yajl's message has several lines and shows the input: take its first, and say where. */
static int syntax_error(yajl_handle handle, const char *text, size_t len, bool at_end,
			struct cleat_error *err)
{
	unsigned char *said = yajl_get_error(handle, 0, (const unsigned char *)text, len);
	size_t at = at_end ? len : yajl_get_bytes_consumed(handle);
	size_t line = 0;
	size_t column = 0;

	line_of(text, at < len ? at : len, &line, &column);
	if (said)
		said[strcspn((char *)said, "\n")] = '\0';
	int r = cleat_fail(err, EINVAL, "line %zu, column %zu: %s", line, column,
			   said ? (char *)said : "not JSON");

	yajl_free_error(handle, said);
	return r;
}

static int run(yajl_handle handle, struct reader *r, const char *text, size_t len)
{
	yajl_status status = yajl_parse(handle, (const unsigned char *)text, len);
	bool at_end = status == yajl_status_ok;

	if (at_end)
		status = yajl_complete_parse(handle);
	if (status == yajl_status_client_canceled) {
		size_t line = 0;
		size_t column = 0;

		line_of(text, yajl_get_bytes_consumed(handle), &line, &column);
		return cleat_wrap(r->err, "line %zu, column %zu", line, column);
	}
	if (status != yajl_status_ok)
		return syntax_error(handle, text, len, at_end, r->err);
	if (!r->doc->root)
		return cleat_fail(r->err, EINVAL, "the document is empty");
	return 0;
}

int json_parse(const char *text, size_t len, struct json_doc **out, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = calloc(1, sizeof(*doc));
	struct reader r = { .doc = doc, .err = err };
	yajl_handle handle = NULL;

	if (!doc)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (len > MAX_BYTES)
		return cleat_fail(err, E2BIG, "JSON of %zu bytes is more than the limit of %d", len,
				  MAX_BYTES);
	handle = yajl_alloc(&callbacks, NULL, &r);
	if (!handle)
		return cleat_fail(err, ENOMEM, "out of memory");
	int result = run(handle, &r, text, len);

	yajl_free(handle);
	if (result < 0)
		return result;
	*out = take_ptr(doc);
	return 0;
}

void json_free(struct json_doc *doc)
{
	if (!doc)
		return;
	for (struct chunk *chunk = doc->chunks; chunk;) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	free(doc);
}

void json_freep(struct json_doc **doc)
{
	json_free(*doc);
}

const struct json *json_root(const struct json_doc *doc)
{
	return doc ? doc->root : NULL;
}

enum json_type json_type(const struct json *v)
{
	return v ? v->type : JSON_NULL;
}

const struct json *json_get(const struct json *v, const char *key)
{
	if (!v || v->type != JSON_OBJECT)
		return NULL;
	for (const struct json *item = v->first; item; item = item->next)
		if (strcmp(item->key, key) == 0)
			return item->type == JSON_NULL ? NULL : item;
	return NULL;
}

const struct json *json_path(const struct json *v, const char *path)
{
	char key[256];

	while (v && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		v = json_get(v, key);
		path += n + (path[n] == '.');
	}
	return v;
}

size_t json_len(const struct json *v)
{
	return v && (v->type == JSON_ARRAY || v->type == JSON_OBJECT) ? v->len : 0;
}

const struct json *json_at(const struct json *v, size_t i)
{
	return i < json_len(v) ? v->items[i] : NULL;
}

const char *json_key(const struct json *v, size_t i)
{
	return v && v->type == JSON_OBJECT && i < v->len ? v->items[i]->key : NULL;
}

const char *json_text(const struct json *v)
{
	return v && v->type == JSON_STRING ? v->text : NULL;
}

bool json_is_true(const struct json *v)
{
	return v && v->type == JSON_BOOL && v->truth;
}

const char *json_number_text(const struct json *v)
{
	return v && v->type == JSON_NUMBER ? v->text : NULL;
}

int json_to_i64(const struct json *v, int64_t *out)
{
	const char *text = json_number_text(v);
	char *end = NULL;

	if (!text)
		return -EINVAL;
	errno = 0;
	long long n = strtoll(text, &end, 10);

	if (errno || *end)
		return -ERANGE;
	*out = n;
	return 0;
}

int json_to_u64(const struct json *v, uint64_t *out)
{
	const char *text = json_number_text(v);
	char *end = NULL;

	if (!text)
		return -EINVAL;
	if (*text == '-')
		return -ERANGE;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);

	if (errno || *end)
		return -ERANGE;
	*out = n;
	return 0;
}

int json_get_text(const struct json *v, const char *key, const char **out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);

	if (!item)
		return 0;
	if (item->type != JSON_STRING)
		return cleat_fail(err, EINVAL, "%s must be a string", key);
	*out = item->text;
	return 0;
}

int json_get_bool(const struct json *v, const char *key, bool *out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);

	if (!item)
		return 0;
	if (item->type != JSON_BOOL)
		return cleat_fail(err, EINVAL, "%s must be true or false", key);
	*out = item->truth;
	return 0;
}

int json_get_i64(const struct json *v, const char *key, int64_t *out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);

	if (!item)
		return 0;
	if (json_to_i64(item, out) < 0)
		return cleat_fail(err, EINVAL, "%s must be a whole number of at most 64 bits", key);
	return 0;
}

int json_get_u64(const struct json *v, const char *key, uint64_t *out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);

	if (!item)
		return 0;
	if (json_to_u64(item, out) < 0)
		return cleat_fail(err, EINVAL, "%s must be a whole number from 0 to 2^64-1", key);
	return 0;
}

int json_get_u32(const struct json *v, const char *key, uint32_t *out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);
	uint64_t wide = 0;

	if (!item)
		return 0;
	if (json_to_u64(item, &wide) < 0 || wide > UINT32_MAX)
		return cleat_fail(err, EINVAL, "%s must be a whole number from 0 to 2^32-1", key);
	*out = (uint32_t)wide;
	return 0;
}

int json_get_node(const struct json *v, const char *key, enum json_type type,
		  const struct json **out, struct cleat_error *err)
{
	const struct json *item = json_get(v, key);

	*out = NULL;
	if (!item)
		return 0;
	if (item->type != type)
		return cleat_fail(err, EINVAL, "%s must be an %s", key,
				  type == JSON_OBJECT ? "object" : "array");
	*out = item;
	return 0;
}
