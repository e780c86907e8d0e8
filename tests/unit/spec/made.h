/* SPDX-License-Identifier: Apache-2.0 */
/* made.h - what spec_generate made of some options, as a parsed document. */
#ifndef TESTS_UNIT_SPEC_MADE_H
#define TESTS_UNIT_SPEC_MADE_H

#include "spec/spec.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

#include "support/unit.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static inline struct json_doc *made(const struct spec_options *options)
{
	struct cleat_error err = { 0 };
	struct json_doc *doc = NULL;
	_cleanup_free_ char *text = NULL;

	UNIT_OK(spec_generate(options, false, &text, &err), err);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	UNIT_OK(spec_validate(json_root(doc), &err), err);
	return doc;
}

static inline int refused(const struct spec_options *options, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;

	*err = (struct cleat_error){ 0 };
	return spec_generate(options, false, &text, err);
}

/** Text at @path, or "". */
static inline const char *text_at(const struct json *v, const char *path)
{
	const char *text = json_text(json_path(v, path));

	return text ? text : "";
}

/** Number at @path, or -1. */
static inline int64_t number_at(const struct json *v, const char *path)
{
	int64_t n = -1;

	(void)json_to_i64(json_path(v, path), &n);
	return n;
}

static inline bool contains(const struct json *list, const char *text)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (json_text(json_at(list, i)) && strcmp(json_text(json_at(list, i)), text) == 0)
			return true;
	return false;
}

/** The item of @list whose member @key is @value. */
static inline const struct json *item_with(const struct json *list, const char *key,
					   const char *value)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (strcmp(text_at(json_at(list, i), key), value) == 0)
			return json_at(list, i);
	return NULL;
}

#endif
