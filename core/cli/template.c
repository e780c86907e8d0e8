/* SPDX-License-Identifier: Apache-2.0 */
/* template.c - docker's --format, as far as scripts use it. */
#include "cli/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"

static void add_json(struct text *out, const struct json *v)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (v)
		json_out_value(o, v);
	else
		json_out_null(o);
	_cleanup_free_ char *text = json_out_take(o);

	if (text)
		text_add(out, text);
	else
		out->failed = true;
}

static void add_value(struct text *out, const struct json *v)
{
	if (!v)
		text_add(out, "<no value>"); /* docker's words */
	else if (json_type(v) == JSON_STRING)
		text_add(out, json_text(v));
	else
		add_json(out, v);
}

static int refuse(const char *field, size_t len, struct cleat_error *err)
{
	return cleat_fail(
		err, EINVAL,
		"'%.*s' is no field: there are {{.Name}}, {{.Some.Name}} and {{json .Name}}; "
		"for more use JSON and jq",
		(int)len, field);
}

/* ".State.Pid" of @root; "." is @root itself. */
static const struct json *look_up(const struct json *root, const char *path)
{
	return path[1] ? json_path(root, path + 1) : root;
}

/* What stands between the braces: [json] .path */
static int add_field(struct text *out, const char *field, size_t len, const struct json *root,
		     struct cleat_error *err)
{
	_cleanup_free_ char *words = strndup(field, len);
	char *save = NULL;
	char *path = words ? strtok_r(words, " ", &save) : NULL;
	bool json = path && text_eq(path, "json");

	if (json)
		path = strtok_r(NULL, " ", &save);
	if (!words)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (!path || *path != '.' || strtok_r(NULL, " ", &save) || strpbrk(path, "\"'()|$") ||
	    strstr(path, ".."))
		return refuse(field, len, err);
	if (json)
		add_json(out, look_up(root, path));
	else
		add_value(out, look_up(root, path));
	return 0;
}

int template_fill(const char *format, const struct json *root, struct text *out,
		  struct cleat_error *err)
{
	for (const char *p = format; *p;) {
		const char *end = text_starts(p, "{{") ? strstr(p, "}}") : NULL;

		if (end) {
			int r = add_field(out, p + 2, (size_t)(end - p - 2), root, err);

			if (r < 0)
				return r;
			p = end + 2;
		} else if (text_starts(p, "{{")) {
			return cleat_fail(err, EINVAL, "'%s' has no end '}}'", p);
		} else if (p[0] == '\\' && (p[1] == 't' || p[1] == 'n')) {
			text_add(out, p[1] == 't' ? "\t" : "\n");
			p += 2;
		} else {
			text_add_bytes(out, p++, 1);
		}
	}
	return out->failed ? cleat_fail(err, ENOMEM, "out of memory") : 0;
}
