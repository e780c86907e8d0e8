/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - plugins' sections of cleat.ini. */
#include "settings.h"

#include "types.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>

int settings_bind(struct config *config, const struct plugin *plugin, void **out,
		  struct cleat_error *err)
{
	char section[96];
	_cleanup_free_ void *settings = NULL;

	(void)snprintf(section, sizeof(section), "%s/%s", plugin->desc.type, plugin->desc.name);
	/* never NULL: a plugin without settings gets an empty struct */
	settings = calloc(1, plugin->desc.settings_size + sizeof(void *));
	if (!settings)
		return cleat_fail(err, ENOMEM, "cannot read [%s]: %m", section);
	int r = config_bind(config, section, plugin->desc.keys, plugin->desc.nkeys,
			    plugin->desc.key_size, settings, err);

	if (r == 0)
		*out = take_ptr(settings);
	return r;
}

/* Type bit of a plugin's section, 0 for the core's own. */
static unsigned section_type(const char *section)
{
	char name[32];
	size_t len = strcspn(section, "/");
	const struct type *type = NULL;

	if (!section[len] || len >= sizeof(name))
		return 0;
	memcpy(name, section, len);
	name[len] = '\0';
	type = type_find(name);
	return type ? type->bit : 0;
}

static int unknown_section(const struct config_entry *entry, struct plugin *const *plugins,
			   size_t n, struct cleat_error *err)
{
	_cleanup_strings_ struct strings names = { 0 };
	const char *near = NULL;

	for (size_t i = 0; i < n; i++)
		if (!plugins[i]->refused)
			(void)strings_addf(&names, "%s/%s", plugins[i]->desc.type,
					   plugins[i]->desc.name); /* only a hint */
	if (names.n)
		near = text_nearest(entry->section, (const char *const *)names.item);
	return cleat_fail(err, EINVAL,
			  "%s:%d: no plugin of [plugins] load owns the section [%s]%s%s%s",
			  entry->file, entry->line, entry->section, near ? "; did you mean [" : "",
			  near ? near : "", near ? "]?" : "");
}

static bool is_owned(const char *section, struct plugin *const *plugins, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cleat_plugin *desc = &plugins[i]->desc;
		size_t len = desc->type ? strlen(desc->type) : 0;

		if (len && !plugins[i]->refused && strncmp(section, desc->type, len) == 0 &&
		    section[len] == '/' && text_eq(section + len + 1, desc->name))
			return true;
	}
	return false;
}

int settings_check_sections(const struct config *config, struct plugin *const *plugins, size_t n,
			    unsigned types, bool all, struct cleat_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (plugins[i]->refused)
			all = false; /* it may be the owner */
	for (size_t i = 0; all && i < config->nheadings; i++) {
		const struct config_entry *heading = &config->headings[i];

		if ((section_type(heading->section) & types) &&
		    !is_owned(heading->section, plugins, n))
			return unknown_section(heading, plugins, n, err);
	}
	return 0;
}
