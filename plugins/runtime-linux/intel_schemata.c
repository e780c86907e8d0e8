/* SPDX-License-Identifier: Apache-2.0 */
/* intel_schemata.c - "L3:0=7f0;1=1f": put together from three members, and compared value by value. */
#include "intel_schemata.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 4096 };

struct lines {
	char text[MAX_TEXT];
	size_t used;
};

/* "RESOURCE:ID=VALUE[;ID=VALUE...]"; resctrl judges the rest. */
static int check_line(const char *line, size_t len, struct cleat_error *err)
{
	const char *colon = memchr(line, ':', len);

	if (!colon || colon == line || !memchr(colon, '=', len - (size_t)(colon - line)))
		return cleat_fail(err, EINVAL, "'%.*s' is no line of schemata", (int)len, line);
	return 0;
}

static int add_lines(struct lines *out, const char *text, bool without_mb, struct cleat_error *err)
{
	for (const char *at = text; *at; at += strspn(at, "\n")) {
		size_t len = strcspn(at, "\n");
		bool skipped = without_mb && strncmp(at, "MB:", 3) == 0;

		if (!len)
			continue;
		if (check_line(at, len, err) < 0)
			return -err->errnum;
		if (out->used + len + 2 > sizeof(out->text))
			return cleat_fail(err, E2BIG, "the schemata are longer than %d bytes",
					  MAX_TEXT);
		if (!skipped)
			out->used += (size_t)snprintf(out->text + out->used,
						      sizeof(out->text) - out->used, "%.*s\n",
						      (int)len, at);
		at += len;
	}
	return 0;
}

int intel_schemata_read(const struct json *node, char **out, struct cleat_error *err)
{
	struct lines lines = { .used = 0 };
	const char *cache = NULL;
	const char *bandwidth = NULL;
	const struct json *list = NULL;
	int r = json_get_text(node, "l3CacheSchema", &cache, err);

	if (r == 0)
		r = json_get_text(node, "memBwSchema", &bandwidth, err);
	if (r == 0)
		r = json_get_node(node, "schemata", JSON_ARRAY, &list, err);
	if (r == 0 && cache)
		r = add_lines(&lines, cache, bandwidth && *bandwidth, err);
	if (r == 0 && bandwidth)
		r = add_lines(&lines, bandwidth, false, err);
	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		const char *line = json_text(json_at(list, i));

		r = line ? add_lines(&lines, line, false, err)
			 : cleat_fail(err, EINVAL, "schemata[%zu] must be a string", i);
	}
	if (r < 0 || lines.used == 0)
		return r;
	*out = strdup(lines.text);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot hold the schemata: %m");
}

/* The values of resource "L3" in @text, behind its colon; NULL: it has none. Lines may be indented. */
static const char *find_resource(const char *text, const char *name, size_t len)
{
	while (*text) {
		text += strspn(text, " \t\n");
		if (strncmp(text, name, len) == 0 && text[len] == ':')
			return text + len + 1;
		text += strcspn(text, "\n");
	}
	return NULL;
}

/* The value of domain @id among "0=ff;1=f": masks and percents compare alike as hexadecimal. */
static bool find_value(const char *values, unsigned long id, unsigned long long *out)
{
	for (const char *at = values; *at && *at != '\n';) {
		char *end = NULL;
		unsigned long this_id = strtoul(at, &end, 10);

		if (*end != '=')
			return false;
		*out = strtoull(end + 1, &end, 16);
		if (this_id == id)
			return true;
		at = end + strspn(end, " ;");
	}
	return false;
}

static bool same_values(const char *wanted, const char *now)
{
	for (const char *at = wanted; *at && *at != '\n';) {
		char *end = NULL;
		unsigned long id = strtoul(at, &end, 10);
		unsigned long long value = 0;

		if (*end != '=')
			return false;
		if (!find_value(now, id, &value) || strtoull(end + 1, &end, 16) != value)
			return false;
		at = end + strspn(end, " ;");
	}
	return true;
}

int intel_schemata_compare(const char *wanted, const char *now, const char *clos,
			   struct cleat_error *err)
{
	for (const char *at = wanted; *at; at += strspn(at, "\n")) {
		size_t len = strcspn(at, "\n");
		size_t name = strcspn(at, ":");
		const char *values = find_resource(now, at, name);

		if (!values || !same_values(at + name + 1, values))
			return cleat_fail(err, EINVAL,
					  "class '%s' exists and is not as '%.*s' says", clos,
					  (int)len, at);
		at += len;
	}
	return 0;
}
