/* SPDX-License-Identifier: Apache-2.0 */
/* describe_config.c - the whole of cleat.ini: the core's sections, then one for each plugin. */
#include "describe.h"

#include "base/json_out.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
	"# cleat.ini - the complete configuration, all defaults.\n"
	"#\n"
	"# Read in this order, a later file overriding single keys of an earlier one:\n"
	"# /usr/lib/cleat/cleat.ini, PREFIX/etc/cleat/cleat.ini where cleat is installed below another\n"
	"# PREFIX than /usr, /etc/cleat/cleat.ini, then conf.d/NAME.ini beside them, sorted by name.\n"
	"# With --config FILE or $CLEAT_CONFIG that file is read alone.\n"
	"#\n"
	"# Remove the # before a key to change it. `cleat config check` finds mistakes, `cleat config show`\n"
	"# tells each value and the file that set it. This file is what `cleat config defaults` prints.\n";

static const char shim_summary[] =
	"A foreign shim, as containerd's: `--runtime NAME` picks it. Give as many of these sections as you like. "
	"Its container ends when the shim is killed, keeps no log, and takes users as numbers only.";

/* The section is an example: also its heading is commented out. */
static void print_shim_example(struct text *out)
{
	struct text section = { 0 };
	size_t n = 0;
	const struct cleat_key *keys = config_shim_keys(&n);

	config_print_defaults(&section, "shim/NAME", shim_summary, keys, n, sizeof(*keys));
	if (section.failed)
		out->failed = true;
	else
		text_printf(out, "\n#%s", section.bytes + 1);
	text_fini(&section);
}

/* [type/name] of a plugin that was not refused, or NULL. */
static const char *section_of(const struct plugin *plugin, char room[96])
{
	if (plugin->refused)
		return NULL;
	(void)snprintf(room, 96, "%s/%s", plugin->desc.type, plugin->desc.name);
	return room;
}

void describe_defaults(const struct registry *registry, struct text *out)
{
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);

	text_add(out, head);
	config_print_defaults(out, "cleat", "The engine itself.", keys, n, sizeof(*keys));
	keys = config_plugins_keys(&n);
	config_print_defaults(out, "plugins",
			      "Which plugins are loaded, and which ones a new container gets.",
			      keys, n, sizeof(*keys));
	keys = config_supervision_keys(&n);
	config_print_defaults(
		out, "supervision",
		"Limits of the daemon on restarts and cleaning up, over all containers.", keys, n,
		sizeof(*keys));
	for (size_t i = 0; i < registry_count(registry); i++) {
		const struct plugin *plugin = registry_at(registry, i);
		char room[96];
		const char *section = section_of(plugin, room);

		if (section)
			config_print_defaults(out, section, plugin->desc.summary, plugin->desc.keys,
					      plugin->desc.nkeys, plugin->desc.key_size);
	}
	print_shim_example(out);
}

typedef void each_section(void *arg, const struct config *config, const char *section,
			  const struct cleat_key *keys, size_t nkeys, size_t stride);

static void walk(const struct registry *registry, const struct config *config, each_section *each,
		 void *arg)
{
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);
	char room[96];

	each(arg, config, "cleat", keys, n, sizeof(*keys));
	keys = config_plugins_keys(&n);
	each(arg, config, "plugins", keys, n, sizeof(*keys));
	keys = config_supervision_keys(&n);
	each(arg, config, "supervision", keys, n, sizeof(*keys));
	for (size_t i = 0; i < registry_count(registry); i++) {
		const struct plugin *plugin = registry_at(registry, i);
		const char *section = section_of(plugin, room);

		if (section && plugin->desc.nkeys)
			each(arg, config, section, plugin->desc.keys, plugin->desc.nkeys,
			     plugin->desc.key_size);
	}
	keys = config_shim_keys(&n);
	for (size_t i = 0; i < config->nshims; i++) {
		(void)snprintf(room, sizeof(room), "shim/%s", config->shims[i].name);
		each(arg, config, room, keys, n, sizeof(*keys));
	}
}

static void section_text(void *arg, const struct config *config, const char *section,
			 const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	config_print_section(arg, config, section, keys, nkeys, stride);
}

static void section_json(void *arg, const struct config *config, const char *section,
			 const struct cleat_key *keys, size_t nkeys, size_t stride)
{
	config_json_section(arg, config, section, keys, nkeys, stride);
}

void describe_config(const struct registry *registry, const struct config *config, struct text *out)
{
	walk(registry, config, section_text, out);
}

void describe_config_json(const struct registry *registry, const struct config *config,
			  struct json_out *out)
{
	json_out_array(out);
	walk(registry, config, section_json, out);
	json_out_array_end(out);
}
