/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.h - plugins and configuration for people: `cleat plugins`, `cleat config`.
 *
 * All of it works on a registry that only looks (look_only): nothing calls init.
 */
#ifndef CORE_PLUGIN_DESCRIBE_H
#define CORE_PLUGIN_DESCRIBE_H

#include "registry.h"

struct text;
struct json_out;

/** One line of `cleat plugins ls`; borrowed from the plugin. "" where a refused plugin told nothing. */
struct describe_row {
	const char *type, *name, *version;
	const char *state; /* "loaded", "built-in", "refused" */
	const char *why;   /* "", or why it was refused */
	const char *file, *stem;
};

void describe_row(const struct plugin *plugin, struct describe_row *out);
/** An array of objects: Type, Name, Version, Summary, State, Reason, File. */
void describe_list_json(const struct registry *registry, struct json_out *out);
/** Find "snapshotter/overlay", or a file's stem, also a refused one. ENOENT with the nearest. */
int describe_find(const struct registry *registry, const char *name, const struct plugin **out,
		  struct cleat_error *err);
/** `cleat plugins show`: descriptor, and settings with doc, value and origin. */
void describe_plugin(const struct plugin *plugin, const struct config *config, struct text *out);
void describe_plugin_json(const struct plugin *plugin, const struct config *config,
			  struct json_out *out);

/** `cleat config defaults`: the complete commented cleat.ini for these plugins. */
void describe_defaults(const struct registry *registry, struct text *out);
/** The same as the manual page cleat.ini(5), in man(7). */
void describe_manual(const struct registry *registry, struct text *out);
/** `cleat config show`: every key that exists, its value, and who set it. */
void describe_config(const struct registry *registry, const struct config *config,
		     struct text *out);
/** The same as one array (see config_json_section). */
void describe_config_json(const struct registry *registry, const struct config *config,
			  struct json_out *out);

#endif
