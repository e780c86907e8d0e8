/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - a plugin's descriptor and settings as text and as JSON. */
#include "describe.h"

#include "base/json_out.h"
#include "base/text.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* The row has the file in a column of its own. */
static const char *without_file(const char *why, const char *file)
{
	size_t len = strlen(file);

	if (strncmp(why, "plugin '", 8) == 0 && strncmp(why + 8, file, len) == 0 &&
	    strncmp(why + 8 + len, "': ", 3) == 0)
		return why + 8 + len + 3;
	return why;
}

void describe_row(const struct plugin *plugin, struct describe_row *out)
{
	*out = (struct describe_row){
		.type = or_empty(plugin->desc.type),
		.name = or_empty(plugin->desc.name),
		.version = or_empty(plugin->desc.version),
		.state = plugin->refused   ? "refused"
			 : plugin->builtin ? "built-in"
					   : "loaded",
		.why = without_file(plugin->why, plugin->file),
		.file = plugin->file,
		.stem = plugin->stem,
	};
}

static void row_json(const struct plugin *plugin, struct json_out *out)
{
	struct describe_row row;

	describe_row(plugin, &row);
	json_out_pair_text(out, "Type", row.type);
	json_out_pair_text(out, "Name", row.name);
	json_out_pair_text(out, "Version", row.version);
	json_out_pair_text(out, "Summary", or_empty(plugin->desc.summary));
	json_out_pair_text(out, "State", row.state);
	json_out_pair_text(out, "Reason", row.why);
	json_out_pair_text(out, "File", row.file);
}

void describe_list_json(const struct registry *registry, struct json_out *out)
{
	json_out_array(out);
	for (size_t i = 0; i < registry_count(registry); i++) {
		json_out_object(out);
		row_json(registry_at(registry, i), out);
		json_out_object_end(out);
	}
	json_out_array_end(out);
}

static bool is_called(const struct plugin *plugin, const char *name)
{
	size_t len = plugin->desc.type ? strlen(plugin->desc.type) : 0;

	if (text_eq(plugin->stem, name))
		return true;
	return len && strncmp(plugin->desc.type, name, len) == 0 && name[len] == '/' &&
	       text_eq(plugin->desc.name, name + len + 1);
}

int describe_find(const struct registry *registry, const char *name, const struct plugin **out,
		  struct cleat_error *err)
{
	_cleanup_strings_ struct strings known = { 0 };

	for (size_t i = 0; i < registry_count(registry); i++) {
		const struct plugin *plugin = registry_at(registry, i);

		if (is_called(plugin, name)) {
			*out = plugin;
			return 0;
		}
		if (plugin->refused)
			(void)strings_add(&known, plugin->stem); /* only a hint */
		else
			(void)strings_addf(&known, "%s/%s", plugin->desc.type, plugin->desc.name);
	}
	const char *near = known.n ? text_nearest(name, (const char *const *)known.item) : NULL;

	return cleat_fail(err, ENOENT, "no plugin '%s' in [plugins] load%s%s%s", name,
			  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void line(struct text *out, const char *label, const char *value)
{
	if (value && *value)
		text_printf(out, "%-10s %s\n", label, value);
}

static void list_line(struct text *out, const char *label, const char *const *items)
{
	if (!items || !*items)
		return;
	text_printf(out, "%-10s", label);
	for (; *items; items++)
		text_printf(out, " %s", *items);
	text_add(out, "\n");
}

static const struct cleat_key *key_at(const struct plugin *plugin, size_t i)
{
	return (const struct cleat_key *)(const void *)((const char *)plugin->desc.keys +
							i * plugin->desc.key_size);
}

static void setting(const struct cleat_key *key, const struct config_entry *entry, struct text *out)
{
	const char *value = entry ? entry->value : key->fallback;

	text_printf(out, "\n  %s = %s\n      %s\n      (", key->name, or_empty(value), key->doc);
	config_print_kind(out, key);
	if (!key->fallback)
		text_add(out, "; must be set");
	else if (entry)
		text_printf(out, "; default %s", *key->fallback ? key->fallback : "is empty");
	if (entry)
		text_printf(out, "; set in %s:%d", entry->file, entry->line);
	text_add(out, ")\n");
}

void describe_plugin(const struct plugin *plugin, const struct config *config, struct text *out)
{
	const struct cleat_plugin *desc = &plugin->desc;
	struct describe_row row;
	char section[96];

	describe_row(plugin, &row);
	(void)snprintf(section, sizeof(section), "%s/%s", row.type, row.name);
	line(out, "Plugin:", desc->type ? section : plugin->stem);
	line(out, "Summary:", desc->summary);
	line(out, "Version:", desc->version);
	line(out, "License:", desc->license);
	line(out, "State:", row.state);
	line(out, "Reason:", row.why);
	line(out, "File:", row.file);
	list_line(out, "Requires:", desc->requires);
	list_line(out, "Provides:", desc->provides);
	if (desc->nkeys)
		text_printf(out, "\nSettings in [%s]:\n", section);
	for (size_t i = 0; i < desc->nkeys; i++)
		setting(key_at(plugin, i), config_find(config, section, key_at(plugin, i)->name),
			out);
}

void describe_plugin_json(const struct plugin *plugin, const struct config *config,
			  struct json_out *out)
{
	const struct cleat_plugin *desc = &plugin->desc;
	char section[96];

	(void)snprintf(section, sizeof(section), "%s/%s", or_empty(desc->type),
		       or_empty(desc->name));
	json_out_object(out);
	row_json(plugin, out);
	json_out_pair_text(out, "License", or_empty(desc->license));
	json_out_pair_texts(out, "Requires", desc->requires);
	json_out_pair_texts(out, "Provides", desc->provides);
	json_out_key(out, "Settings");
	json_out_array(out);
	config_json_section(out, config, section, desc->keys, desc->nkeys, desc->key_size);
	json_out_array_end(out);
	json_out_object_end(out);
}
