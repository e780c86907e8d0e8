/* SPDX-License-Identifier: Apache-2.0 */
/* json_flag.c - lines for programs: --json, an object a line, or --format, some of its fields. */
#include "cli/json_flag.h"

#include <stdio.h>
#include <string.h>

#include <cleat/json.h>

#include "cli/template.h"

/* NULL: the whole object */
static const char *template_of(struct cli *cli)
{
	const char *format = words_text(&cli->words, "format");

	return format && !text_eq(format, "json") && !text_eq(format, "{{json .}}") ? format : NULL;
}

int json_flag(struct cli *cli, bool *out)
{
	_cleanup_text_ struct text ignored = { 0 };
	const char *format = template_of(cli);

	*out = words_on(&cli->words, "json") || words_given(&cli->words, "format");
	if (format && text_starts(format, "table"))
		return words_refuse(format, "format", &cli->err,
				    "tables have their columns; leave 'table' out for lines");
	return format ? template_fill(format, NULL, &ignored, &cli->err) : 0;
}

void json_line(struct cli *cli, const char *object)
{
	_cleanup_text_ struct text out = { 0 };
	_cleanup_json_ struct json_doc *doc = NULL;
	const char *format = object ? template_of(cli) : NULL;

	if (!format) {
		(void)printf("%s\n", object ? object : "");
		return;
	}
	if (json_parse(object, strlen(object), &doc, &cli->err) == 0)
		(void)template_fill(format, json_root(doc), &out, &cli->err);
	(void)printf("%s\n", out.bytes ? out.bytes : "");
}
