/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - from the names in `load` to plugins that run. */
#include "registry.h"

#include "builtin.h"
#include "host.h"
#include "open.h"
#include "order.h"
#include "settings.h"
#include "types.h"
#include "verify.h"

#include "base/log.h"
#include "base/text.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>

struct registry {
	struct config *config;
	struct registry_env env;
	struct plugin **plugins;
	size_t n;
	size_t *started; /* indices, in the order of init */
	size_t nstarted;
	bool skipped; /* this program cannot open files, and `load` names some */
};

/* What a plugin keeps besides its public part. */
struct private
{
	char *stem, *file;
	void *ops, *settings;
	struct cleat_host *host;
	bool ran; /* init succeeded */
};

static struct private *private_of(const struct plugin *plugin)
{
	return plugin->private_;
}

static void plugin_free(struct plugin *plugin)
{
	struct private *private = plugin ? private_of(plugin) : NULL;

	if (private) {
		host_free(private->host);
		free(private->stem);
		free(private->file);
		free(private->ops);
		free(private->settings);
		free(private);
	}
	free(plugin);
}

static struct plugin *plugin_new(const char *stem, char *file)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));
	struct private *private = calloc(1, sizeof(*private));

	if (!plugin || !private || !file || !(private->stem = strdup(stem))) {
		free(plugin);
		free(private);
		free(file);
		return NULL;
	}
	private->file = file;
	plugin->stem = private->stem;
	plugin->file = private->file;
	plugin->private_ = private;
	return plugin;
}

/* Open, verify, copy. The sentence begins with the file. */
static int plugin_load(struct plugin *plugin, struct cleat_error *err)
{
	const struct cleat_plugin *desc = NULL;
	int r = open_plugin(plugin->file, &desc, err);

	if (r == 0)
		r = verify(desc, err);
	if (r == 0)
		r = verify_copy(desc, &plugin->desc, &private_of(plugin)->ops, err);
	if (r < 0)
		return cleat_wrap(err, "plugin '%s'", plugin->file);
	return 0;
}

static void refuse(struct plugin *plugin, const struct cleat_error *err)
{
	plugin->refused = true;
	(void)snprintf(plugin->why, sizeof(plugin->why), "%s", err->text);
}

static int append(struct registry *registry, struct plugin *plugin, struct cleat_error *err)
{
	struct plugin **plugins = NULL;

	if (plugin)
		plugins =
			realloc(registry->plugins, (registry->n + 1) * sizeof(*registry->plugins));
	if (!plugins) {
		plugin_free(plugin);
		return cleat_fail(err, ENOMEM, "cannot hold a plugin: %m");
	}
	registry->plugins = plugins;
	registry->plugins[registry->n++] = plugin;
	return 0;
}

/* Is a plugin of this type and name there already? */
static const struct plugin *find_exact(const struct registry *registry, const char *type,
				       const char *name)
{
	for (size_t i = 0; i < registry->n; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (!plugin->refused && plugin->desc.type && text_eq(plugin->desc.type, type) &&
		    text_eq(plugin->desc.name, name))
			return plugin;
	}
	return NULL;
}

static int check_unique(const struct registry *registry, struct plugin *plugin,
			struct cleat_error *err)
{
	plugin->refused = true; /* so that it does not find itself */
	const struct plugin *other = find_exact(registry, plugin->desc.type, plugin->desc.name);

	plugin->refused = false;
	if (!other)
		return 0;
	return cleat_fail(err, EEXIST, "plugin '%s': found %s/%s, which '%s' is already",
			  plugin->file, plugin->desc.type, plugin->desc.name, other->file);
}

/* Load one that is already in the list; a failure refuses it or, without keep_going, everything. */
static int try_load(struct registry *registry, struct plugin *plugin, struct cleat_error *err)
{
	int r = 0;

	if (!plugin->builtin && !*registry->config->cleat.plugin_dir)
		r = cleat_fail(
			err, ENOENT,
			"plugin '%s': no directory of plugins beside this program; set plugin-dir in "
			"[cleat]",
			plugin->stem);
	else
		r = plugin_load(plugin, err);
	if (r == 0)
		r = check_unique(registry, plugin, err);
	if (r == 0)
		return 0;
	refuse(plugin, err);
	if (registry->env.look_only || registry->env.keep_going) {
		if (!registry->env.look_only)
			log_line(CLEAT_WARN, "%s; going on without it", err->text);
		return 0;
	}
	return r;
}

static bool is_loaded(const struct registry *registry, const char *stem)
{
	for (size_t i = 0; i < registry->n; i++)
		if (text_eq(registry->plugins[i]->stem, stem))
			return true;
	return false;
}

static int add_stem(struct registry *registry, const char *stem, struct cleat_error *err)
{
	const struct builtin *builtin = builtin_find(stem);
	struct plugin *plugin = NULL;

	if (is_loaded(registry, stem))
		return cleat_fail(err, EINVAL, "[plugins] load names '%s' twice", stem);
	if (!builtin && program_builtins.sealed) {
		registry->skipped = true;
		return 0;
	}
	if (!text_is_name(stem))
		return cleat_fail(err, EINVAL,
				  "[plugins] load names '%s': wanted a file's name without "
				  "directory and .so",
				  stem);
	const char *dir = registry->config->cleat.plugin_dir;

	plugin = plugin_new(stem, builtin ? strdup(builtin->file)
					  : text_format("%s%s%s.so", dir, *dir ? "/" : "", stem));
	int r = append(registry, plugin, err);

	if (r < 0)
		return r;
	plugin->builtin = builtin != NULL;
	return try_load(registry, plugin, err);
}

/* "FILE:LINE: " for what is wrong in `load`, when a file set it. */
static int blame_load(const struct registry *registry, struct cleat_error *err)
{
	const struct config_entry *entry = config_find(registry->config, "plugins", "load");

	return entry ? cleat_wrap(err, "%s:%d", entry->file, entry->line) : -err->errnum;
}

static int load_all(struct registry *registry, struct cleat_error *err)
{
	const char *word = registry->config->plugins.load;

	for (word += strspn(word, " \t"); *word; word += strspn(word, " \t")) {
		char stem[130];
		size_t len = strcspn(word, " \t");

		/* one that is cut is too long to be a name, and refused as such */
		(void)snprintf(stem, sizeof(stem), "%.*s", (int)len, word);
		int r = add_stem(registry, stem, err);

		if (r < 0)
			return blame_load(registry, err);
		word += len;
	}
	return 0;
}

static unsigned type_bit(const struct plugin *plugin)
{
	return type_find(plugin->desc.type)->bit;
}

static int bind_all(struct registry *registry, struct cleat_error *err)
{
	for (size_t i = 0; i < registry->n; i++) {
		struct plugin *plugin = registry->plugins[i];

		if (plugin->refused || !(type_bit(plugin) & registry->env.types))
			continue;
		void *settings = NULL;
		int r = settings_bind(registry->config, plugin, &settings, err);

		if (r < 0)
			return r;
		free(private_of(plugin)->settings); /* of a registry that is checked twice */
		private_of(plugin)->settings = settings;
	}
	return settings_check_sections(registry->config, registry->plugins, registry->n,
				       registry->env.types, !registry->skipped, err);
}

static int start(struct registry *registry, size_t i, struct cleat_error *err)
{
	struct plugin *plugin = registry->plugins[i];
	struct private *private = private_of(plugin);
	int r = 0;

	private->host = host_new(plugin->desc.type, plugin->desc.name, registry->env.records_root,
				 registry->env.loop);
	if (!private->host)
		return cleat_fail(err, ENOMEM, "cannot start plugin %s/%s: %m", plugin->desc.type,
				  plugin->desc.name);
	plugin->host = private->host;
	if (plugin->desc.init)
		r = plugin->desc.init(private->host, private->settings, &plugin->self, err);
	if (r < 0) {
		plugin->self = NULL;
		if (!err->text[0])
			(void)cleat_fail(err, -r, "%m");
		return cleat_wrap(err, "cannot start plugin %s/%s ('%s')", plugin->desc.type,
				  plugin->desc.name, plugin->file);
	}
	private->ran = true;
	registry->started[registry->nstarted++] = i;
	return 0;
}

static int start_all(struct registry *registry, struct cleat_error *err)
{
	_cleanup_free_ size_t *order = calloc(registry->n + 1, sizeof(*order));
	size_t n = 0;

	registry->started = calloc(registry->n + 1, sizeof(*registry->started));
	if (!order || !registry->started)
		return cleat_fail(err, ENOMEM, "cannot start plugins: %m");
	int r = order_plugins(registry->plugins, registry->n, registry->skipped, order, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct plugin *plugin = registry->plugins[order[i]];

		if (!(type_bit(plugin) & registry->env.types))
			continue;
		r = start(registry, order[i], err);
		if (r < 0 && registry->env.keep_going) {
			log_line(CLEAT_WARN, "%s; going on without it", err->text);
			refuse(plugin, err);
			r = 0;
		}
	}
	return r;
}

static const char *default_name(const struct config *config, const char *type)
{
	if (text_eq(type, "runtime"))
		return config->plugins.runtime;
	if (text_eq(type, "snapshotter"))
		return config->plugins.snapshotter;
	if (text_eq(type, "restart"))
		return config->plugins.restart;
	return config->plugins.io;
}

static bool is_foreign_shim(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->nshims; i++)
		if (text_eq(config->shims[i].name, name))
			return true;
	return false;
}

/* The defaults of the types that this program runs must be there. */
static int check_defaults(const struct registry *registry, struct cleat_error *err)
{
	for (const struct type *type = type_list(); type->name; type++) {
		const struct plugin *plugin = NULL;
		const char *name = default_name(registry->config, type->name);

		if (!(type->bit & registry->env.types))
			continue;
		if (type->bit == PLUGIN_RUNTIME && is_foreign_shim(registry->config, name))
			continue;
		/* a static program whose default is not built in leaves the work to its -dl sister */
		if (registry->skipped && !find_exact(registry, type->name, name))
			continue;
		int r = registry_find(registry, type->name, NULL, &plugin, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int registry_open(struct config *config, const struct registry_env *env, struct registry **out,
		  struct cleat_error *err)
{
	struct registry *registry = calloc(1, sizeof(*registry));
	int r = 0;

	if (!registry)
		return cleat_fail(err, ENOMEM, "cannot load plugins: %m");
	registry->config = config;
	registry->env = *env;
	r = open_setup(err);
	if (r == 0)
		r = load_all(registry, err);
	if (r == 0 && !env->look_only)
		r = bind_all(registry, err);
	if (r == 0 && !env->look_only)
		r = start_all(registry, err);
	if (r == 0 && !env->look_only)
		r = check_defaults(registry, err);
	if (r < 0)
		registry_close(registry);
	else
		*out = registry;
	return r;
}

static int check_none_refused(const struct registry *registry, struct cleat_error *err)
{
	for (size_t i = 0; i < registry->n; i++)
		if (registry->plugins[i]->refused)
			return cleat_fail(err, EINVAL, "%s", registry->plugins[i]->why);
	return 0;
}

int registry_check(struct registry *registry, struct cleat_error *err)
{
	_cleanup_free_ size_t *order = calloc(registry->n + 1, sizeof(*order));
	size_t n = 0;
	int r = order ? 0 : cleat_fail(err, ENOMEM, "cannot order plugins: %m");

	if (r == 0)
		r = check_none_refused(registry, err);
	if (r == 0)
		r = bind_all(registry, err);
	if (r == 0)
		r = order_plugins(registry->plugins, registry->n, registry->skipped, order, &n,
				  err);
	return r < 0 ? r : check_defaults(registry, err);
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	while (registry->nstarted > 0) {
		struct plugin *plugin = registry->plugins[registry->started[--registry->nstarted]];

		if (plugin->desc.fini)
			plugin->desc.fini(plugin->self);
	}
	for (size_t i = 0; i < registry->n; i++)
		plugin_free(registry->plugins[i]);
	free(registry->plugins);
	free(registry->started);
	free(registry);
}

/* "runtime plugin 'x' is not loaded; there is linux, fake", and why if it was refused. */
static int not_found(const struct registry *registry, const char *type, const char *name,
		     struct cleat_error *err)
{
	_cleanup_text_ struct text known = { 0 };
	_cleanup_text_ struct text refused = { 0 };

	for (size_t i = 0; i < registry->n; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (plugin->refused)
			text_printf(&refused, "; refused: %s", plugin->why);
		else if (text_eq(plugin->desc.type, type))
			text_printf(&known, "%s%s", known.len ? ", " : "", plugin->desc.name);
	}
	return cleat_fail(err, ENOENT, "%s plugin '%s' is not loaded; there is %s%s", type, name,
			  known.len ? known.bytes : "none", refused.len ? refused.bytes : "");
}

bool plugin_provides(const struct plugin *plugin, const char *what)
{
	for (const char *const *p = plugin->desc.provides; p && *p; p++)
		if (text_eq(*p, what))
			return true;
	return false;
}

int registry_find(const struct registry *registry, const char *type, const char *name,
		  const struct plugin **out, struct cleat_error *err)
{
	if (!name || !*name)
		name = default_name(registry->config, type);
	*out = find_exact(registry, type, name);
	return *out ? 0 : not_found(registry, type, name, err);
}

size_t registry_count(const struct registry *registry)
{
	return registry->n;
}

const struct plugin *registry_at(const struct registry *registry, size_t i)
{
	return registry->plugins[i];
}

bool registry_is_builtin(const struct config *config, const char *type, const char *name)
{
	if (!name || !*name)
		name = default_name(config, type);
	for (size_t i = 0; i < program_builtins.n; i++)
		if (text_eq(program_builtins.item[i].plugin->type, type) &&
		    text_eq(program_builtins.item[i].plugin->name, name))
			return true;
	return false;
}
