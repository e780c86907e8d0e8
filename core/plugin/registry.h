/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - the plugins of this process: found, judged, ordered, initialised.
 *
 * The registry is the only part that knows libltdl. A program gives it the types that it needs;
 * sections of other loaded plugins are accepted unread.
 */
#ifndef CORE_PLUGIN_REGISTRY_H
#define CORE_PLUGIN_REGISTRY_H

#include <stdbool.h>

#include <cleat/plugin.h>

#include "config/config.h"

struct loop;

enum {
	PLUGIN_RUNTIME = 1 << 0,
	PLUGIN_SNAPSHOTTER = 1 << 1,
	PLUGIN_RESTART = 1 << 2,
	PLUGIN_IO = 1 << 3,
	PLUGIN_ALL = 15,
};

/** One plugin of [plugins] load, also one that was refused. */
struct plugin {
	struct cleat_plugin desc; /* copied into a zeroed one of our size; desc.ops likewise */
	const char *stem;         /* as in `load`: "runtime-linux" */
	const char *file;         /* path, or "/builtin/runtime-linux.a" */
	bool builtin, refused;
	char why[sizeof(((struct cleat_error *)0)->text)]; /* when refused */
	void *self;                                        /* from init; NULL before */
	const struct cleat_host *host;
	void *private_;
};

/** Does it say @what in `provides`? */
bool plugin_provides(const struct plugin *plugin, const char *what);

struct registry;

/** What a program brings. */
struct registry_env {
	struct loop *loop;        /* NULL: watch_fd and watch_timer answer ENOTSUP */
	const char *records_root; /* <root>/plugins, for state_dir and store_* */
	unsigned types;           /* PLUGIN_... that this program initialises */
	bool look_only;           /* read descriptors and schemas, call no init (cleat plugins) */
	bool keep_going;          /* refuse a broken plugin but go on, unless it is a default */
};

/**
 * Open every plugin that `load` names (built-ins of this program first), check it, bind its section,
 * init those of env->types in the order of `requires`. EINVAL etc. with one sentence: file, found,
 * wanted. Free with registry_close, which calls fini in reverse order.
 */
int registry_open(struct config *config, const struct registry_env *env, struct registry **out,
		  struct cleat_error *err);
void registry_close(struct registry *registry);
/**
 * Everything that `cleat config check` asks of a registry that only looks: no plugin refused, every
 * section owned and right, the order possible, the defaults there. The first fault is the sentence.
 */
int registry_check(struct registry *registry, struct cleat_error *err);
/** @type is "runtime"; @name "linux", or NULL for the configured default. ENOENT lists what there is. */
int registry_find(const struct registry *registry, const char *type, const char *name,
		  const struct plugin **out, struct cleat_error *err);
size_t registry_count(const struct registry *registry);
const struct plugin *registry_at(const struct registry *registry, size_t i);
/** Is a plugin of this type and name (NULL: the default) built into this program? */
bool registry_is_builtin(const struct config *config, const char *type, const char *name);

#endif
