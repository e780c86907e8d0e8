/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - JSON from strangers, read strictly: part of the SDK's helper library (needs yajl).
 *
 * A document becomes a tree in one arena: one free. Numbers stay text until asked for as a given
 * type, so nothing above 2^53 loses digits. Refused with a sentence that names the place: more than
 * 16 MiB, deeper than 128, more than 1M values, duplicate keys, invalid UTF-8, NUL bytes in strings,
 * anything after the document. (security.md principle 10; CVE-2025-4437 class.)
 */
#ifndef CLEAT_JSON_H
#define CLEAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum json_type { JSON_NULL = 0, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json;     /* one value; lives as long as its document */
struct json_doc; /* a document */

/** Parse @len bytes; give *@out to json_free. EINVAL, E2BIG, ENOMEM. */
int json_parse(const char *text, size_t len, struct json_doc **out, struct cleat_error *err);
void json_free(struct json_doc *doc);
void json_freep(struct json_doc **doc);
#define _cleanup_json_ __attribute__((cleanup(json_freep)))

/** The document's topmost value. */
const struct json *json_root(const struct json_doc *doc);
/** Type of @v; JSON_NULL when @v is NULL. */
enum json_type json_type(const struct json *v);
/** Member @key of an object; NULL when @v is NULL, no object, or has none, or it is null. */
const struct json *json_get(const struct json *v, const char *key);
/** json_get along keys separated by dots: "process.user.uid". */
const struct json *json_path(const struct json *v, const char *path);
/** Members of an object, or items of an array; 0 for everything else and NULL. */
size_t json_len(const struct json *v);
/** Item @i of an array, or the value of member @i of an object. */
const struct json *json_at(const struct json *v, size_t i);
/** Name of member @i of an object. */
const char *json_key(const struct json *v, size_t i);
/** The string, or NULL when it is none. */
const char *json_text(const struct json *v);
/** Is it the value true? */
bool json_is_true(const struct json *v);
/** Text of a number as written, or NULL. */
const char *json_number_text(const struct json *v);

/*
 * Typed members of an object. Absent (or null): success, and *out is left as it is. Another type or
 * out of range: EINVAL with "KEY must be ...". *out_text is borrowed from the document.
 */
int json_get_text(const struct json *v, const char *key, const char **out, struct cleat_error *err);
int json_get_bool(const struct json *v, const char *key, bool *out, struct cleat_error *err);
int json_get_i64(const struct json *v, const char *key, int64_t *out, struct cleat_error *err);
int json_get_u64(const struct json *v, const char *key, uint64_t *out, struct cleat_error *err);
int json_get_u32(const struct json *v, const char *key, uint32_t *out, struct cleat_error *err);
/** @type is JSON_OBJECT or JSON_ARRAY; *out is NULL when absent. */
int json_get_node(const struct json *v, const char *key, enum json_type type,
		  const struct json **out, struct cleat_error *err);
/** @v itself as a number. */
int json_to_i64(const struct json *v, int64_t *out);
int json_to_u64(const struct json *v, uint64_t *out);

#ifdef __cplusplus
}
#endif

#endif
