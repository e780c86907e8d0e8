/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - a schema as the commented section that a user starts from, and the values that hold. */
#include "config.h"

#include "base/json_out.h"
#include "base/text.h"

#include <string.h>

enum { WIDTH = 98, LINE_LONGEST = 190 }; /* inih takes some more */

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

/* How far it is to the next place where a line may end: one blank, and no comment begins behind it. */
static size_t unbroken(const char *value)
{
	size_t n = strcspn(value, " ");

	while (value[n] && (n == 0 || strchr(" ;#", value[n + 1]) || value[n - 1] == ' '))
		n += 1 + strcspn(value + n + 1, " ");
	return n;
}

/* More than a line takes: as it must have been written, in indented lines, its origin before it. */
static void print_long_value(struct text *out, const char *name, const char *value,
			     const struct config_entry *entry)
{
	size_t column = strlen(name) + 1;

	if (entry)
		text_printf(out, "; %.150s:%d\n", entry->file, entry->line);
	text_printf(out, "%s=", name);
	for (bool first = true; *value; first = false) {
		size_t n = unbroken(value);

		if (column + 1 + n > LINE_LONGEST && column > 1) {
			text_add(out, "\n\t");
			column = 1;
		} else if (!first) {
			text_add(out, " ");
			column++;
		}
		text_add_bytes(out, value, n);
		column += n;
		value += n + (value[n] == ' ');
	}
	text_add(out, "\n");
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
	if (strlen(key->name) + strlen(value) + (entry ? strlen(entry->file) : 0) + 24 >
	    LINE_LONGEST) {
		print_long_value(out, key->name, value, entry);
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
