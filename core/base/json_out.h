/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_out.h - JSON written by yajl_gen, with the checks that yajl leaves to its callers.
 *
 * Errors stick: write a whole document, then json_out_take tells whether it is one.
 */
#ifndef CORE_BASE_JSON_OUT_H
#define CORE_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/json.h>

struct json_out;

/** @pretty: four blanks a level, as docker prints; else one line. NULL when out of memory. */
struct json_out *json_out_new(bool pretty);
void json_out_free(struct json_out *o);
void json_out_freep(struct json_out **o);
#define _cleanup_json_out_ __attribute__((cleanup(json_out_freep)))
/** The document, NUL-terminated; free it; NULL when something went wrong (memory, misuse). */
char *json_out_take(struct json_out *o);

void json_out_object(struct json_out *o);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o);
void json_out_array_end(struct json_out *o);
void json_out_key(struct json_out *o, const char *key);
/** NULL writes null. Invalid UTF-8 is replaced by U+FFFD. */
void json_out_text(struct json_out *o, const char *text);
void json_out_i64(struct json_out *o, int64_t n);
void json_out_u64(struct json_out *o, uint64_t n);
void json_out_double(struct json_out *o, double n);
void json_out_bool(struct json_out *o, bool truth);
void json_out_null(struct json_out *o);
/** A value that was read: copied as it is. */
void json_out_value(struct json_out *o, const struct json *v);
/* A key and its value in one call. */
void json_out_pair_text(struct json_out *o, const char *key, const char *text);
void json_out_pair_i64(struct json_out *o, const char *key, int64_t n);
void json_out_pair_u64(struct json_out *o, const char *key, uint64_t n);
void json_out_pair_bool(struct json_out *o, const char *key, bool truth);
/** @items ends in NULL; NULL writes an empty array. */
void json_out_pair_texts(struct json_out *o, const char *key, const char *const *items);

#endif
