/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - a schema as the commented section that a user starts from, and the values that hold. */
#include "config.h"

#include "base/json_out.h"
#include "base/text.h"

#include <string.h>

enum { WIDTH = 98 };

/* @words as comment lines of at most WIDTH columns. */
static void comment(struct text *out, const char *words)
{
	size_t column = 0;

	while (*words) {
		size_t len = strcspn(words, " ");

		if (column == 0 || column + 1 + len > WIDTH) {
			text_add(out, column ? "\n#" : "#");
			column = 1;
		}
		text_add(out, " ");
		text_add_bytes(out, words, len);
		column += 1 + len;
		words += len;
		words += strspn(words, " ");
	}
	if (column)
		text_add(out, "\n");
}

static const char *kind_name(uint32_t kind)
{
	static const char *const names[] = { [CLEAT_BOOL] = "yes or no",
					     [CLEAT_INT] = "integer",
					     [CLEAT_DURATION] = "duration",
					     [CLEAT_CHOICE] = "one of",
					     [CLEAT_STRING] = "text" };

	return kind >= CLEAT_BOOL && kind <= CLEAT_STRING ? names[kind] : "unknown";
}

void config_print_kind(struct text *out, const struct cleat_key *key)
{
	text_add(out, kind_name(key->kind));
	if (key->limits && key->kind == CLEAT_CHOICE)
		text_printf(out, " %s", key->limits);
	else if (key->limits)
		text_printf(out, ", %s", key->limits);
}

static void print_key(struct text *out, const struct cleat_key *key)
{
	text_add(out, "\n");
	comment(out, key->doc);
	if (key->kind != CLEAT_STRING && key->kind != CLEAT_BOOL) {
		text_add(out, "# (");
		config_print_kind(out, key);
		text_add(out, ")\n");
	}
	if (!key->fallback)
		text_printf(out, "# must be set:\n#%s =\n", key->name);
	else if (*key->fallback)
		text_printf(out, "#%s = %s\n", key->name, key->fallback);
	else
		text_printf(out, "#%s =\n", key->name);
}

static const struct cleat_key *row(const struct cleat_key *keys, size_t i, size_t stride)
{
	return (const struct cleat_key *)(const void *)((const char *)keys + i * stride);
}

void config_print_defaults(struct text *out, const char *section, const char *summary,
			   const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	text_printf(out, "\n[%s]\n", section);
	comment(out, summary);
	for (size_t i = 0; i < nkeys; i++)
		print_key(out, row(keys, i, stride));
}

/* " ; FILE:LINE" is a comment for inih, so what is printed can be read again. */
static void print_value(struct text *out, const struct cleat_key *key,
			const struct config_entry *entry)
{
	const char *value = entry ? entry->value : key->fallback;
	size_t before = out->len;

	if (!value) {
		text_printf(out, "; %s must be set\n", key->name);
		return;
	}
	text_printf(out, "%s =%s%s", key->name, *value ? " " : "", value);
	do
		text_add(out, " ");
	while (!out->failed && out->len - before < 40);
	if (entry)
		text_printf(out, "; %s:%d\n", entry->file, entry->line);
	else
		text_add(out, "; default\n");
}

void config_print_section(struct text *out, const struct config *config, const char *section,
			  const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	text_printf(out, "[%s]\n", section);
	for (size_t i = 0; i < nkeys; i++) {
		const struct cleat_key *key = row(keys, i, stride);

		print_value(out, key, config_find(config, section, key->name));
	}
	text_add(out, "\n");
}

void config_json_section(struct json_out *out, const struct config *config, const char *section,
			 const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	for (size_t i = 0; i < nkeys; i++) {
		const struct cleat_key *key = row(keys, i, stride);
		const struct config_entry *entry = config_find(config, section, key->name);
		_cleanup_text_ struct text kind = { 0 };

		config_print_kind(&kind, key);
		json_out_object(out);
		json_out_pair_text(out, "Section", section);
		json_out_pair_text(out, "Key", key->name);
		json_out_pair_text(out, "Kind", kind.bytes);
		json_out_pair_text(out, "Default", key->fallback);
		json_out_pair_text(out, "Value", entry ? entry->value : key->fallback);
		json_out_pair_text(out, "File", entry ? entry->file : NULL);
		json_out_pair_i64(out, "Line", entry ? entry->line : 0);
		json_out_pair_text(out, "Doc", key->doc);
		json_out_object_end(out);
	}
}
