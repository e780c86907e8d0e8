/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - the one symbol that a plugin exports.
 *
 * A plugin is a shared object with one data symbol, `cleat_plugin`. The host reads and judges it
 * without running a line of the plugin's code: so no ELF constructors, which would run before the
 * judgement. The order of checks is magic, ABI, sizes, name, mandatory ops, schema.
 */
#ifndef CLEAT_PLUGIN_H
#define CLEAT_PLUGIN_H

#include <stdint.h>

#include <cleat/error.h>
#include <cleat/host.h>
#include <cleat/settings.h>

#define CLEAT_MAGIC 0x54414c43u /* "CLAT" */
/** Raised only when something is removed or moved. History: 1 = first release. */
#define CLEAT_ABI   1u

/**
 * What a plugin says of itself.
 *
 * Grows at the end; the host copies min(size, its own size) bytes into a zeroed struct, so that a
 * member which an older plugin does not have is NULL or 0. `ops` is copied in the same way: each
 * table begins with its size, and NULL for an op that is not mandatory means "not supported".
 */
struct cleat_plugin {
	uint32_t magic, abi, size, key_size; /**< these 16 bytes keep their meaning for ever */
	const char *type;                    /**< "runtime", "snapshotter", "restart", "io" */
	const char *name;                    /**< "overlay"; [a-z0-9-]{1,32}, unique in its type */
	const char *version, *summary;       /**< the plugin's own version; one line */
	const char *license;                 /**< SPDX expression */
	/** NULL-ended or NULL: "io", "snapshotter/overlay". A word of the language in C++20. */
#if defined(__cplusplus) && __cplusplus >= 202002L
	const char *const *requires_;
#else
	const char *const *requires;
#endif
	const char *const *provides;  /**< NULL-ended or NULL: extras, "runtime.checkpoint" */
	const struct cleat_key *keys; /**< nkeys rows, key_size bytes apart */
	uint32_t nkeys, settings_size;
	const void *ops; /**< the table of this type (runtime.h, ...); begins with its size */
	/**
	 * Build the instance. @settings is parsed, checked, and lives until fini. May be NULL.
	 * Must not block for long nor start threads.
	 */
	int (*init)(const struct cleat_host *host, const void *settings, void **out_self,
		    struct cleat_error *err);
	/** Undo init, once, after the last op has returned and every watch is gone. May be NULL. */
	void (*fini)(void *self);
};

#ifndef CLEAT_PLUGIN_SYMBOL /* a static build renames it, e.g. cleat_plugin_restart */
#define CLEAT_PLUGIN_SYMBOL cleat_plugin
#endif

#define CLEAT_HEAD CLEAT_MAGIC, CLEAT_ABI, sizeof(struct cleat_plugin), sizeof(struct cleat_key)

/** Define the plugin's symbol: CLEAT_PLUGIN(.type = "restart", .name = "mine", ...). */
#define CLEAT_PLUGIN(...)                                     \
	extern const struct cleat_plugin CLEAT_PLUGIN_SYMBOL; \
	__attribute__((visibility("default")))                \
	const struct cleat_plugin CLEAT_PLUGIN_SYMBOL = { CLEAT_HEAD, __VA_ARGS__ }

#endif
