/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - cleat.ini: read by inih, merged from several files, checked by schema.
 *
 * Files, later ones override single keys: /usr/lib/cleat/cleat.ini, PREFIX/etc/cleat/cleat.ini (of a program
 * that is installed elsewhere than in /usr), /etc/cleat/cleat.ini, then conf.d/NAME.ini of these
 * directories, sorted by name, a later directory's hiding an earlier one's of the same name. A file named by --config or $CLEAT_CONFIG is read alone. Every error has file and
 * line, and for an unknown word the nearest known one.
 */
#ifndef CORE_CONFIG_CONFIG_H
#define CORE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>
#include <cleat/settings.h>

/** The section [cleat]. Strings live as long as the config. */
struct config_cleat {
	const char *root;       /* /var/lib/cleat */
	const char *state;      /* /run/cleat */
	const char *socket;     /* "" means <state>/cleatd.sock; config_open fills it in */
	const char *plugin_dir; /* "" means found from the program's own place, see config_open */
	const char *cgroup_parent; /* /cleat */
	const char *init_path;     /* /usr/bin/tini-static */
	const char *shim;          /* "" means libexec/cleat or the program's own directory */
	const char
		*seccomp; /* profile for new containers: "" means etc/cleat/seccomp.json, "none" */
	uint32_t rootfs_mount;    /* enum config_rootfs_mount */
	uint32_t log_level;       /* enum cleat_level */
	uint32_t log_format;      /* 0 text, 1 json */
	uint64_t idle_exit_ns;    /* cleatd leaves when idle for so long; 0 never */
	uint64_t shim_timeout_ns; /* an answer of a shim */
	bool no_pivot;
	const char *metrics_socket; /* for Prometheus; "" for none */
	uint32_t userns;            /* enum config_userns, of a container that does not say */
	const char *
		userns_ids; /* "FIRST:COUNT", what --userns auto chooses from; "": core/task/userns.c */
	int64_t userns_size; /* ids of each */
};
enum config_userns { CONFIG_USERNS_HOST = 0, CONFIG_USERNS_AUTO = 1 };
enum config_rootfs_mount { CONFIG_ROOTFS_PRIVATE = 0, CONFIG_ROOTFS_HOST = 1 };

/** The section [plugins]. */
struct config_plugins {
	const char *load;                                 /* file stems, separated by blanks */
	const char *runtime, *snapshotter, *restart, *io; /* defaults of a new container */
	const char *detached_io; /* without --io and without a client; "" or not loaded: io */
};

/** The section [supervision]. 0 for `concurrency` and `boot_parallel` means as the machine has CPUs. */
struct config_supervision {
	int64_t concurrency, rate, burst; /* automatic restarts at once; a second, and in a row */
	int64_t boot_parallel;            /* starts at once that the daemon's start brings */
	uint64_t boot_spread_ns;          /* over which they are spread */
	uint64_t gc_delay_ns, gc_delay_max_ns; /* between two tries to clean up */
	bool stop_skip_ignored;
};

/** One line of a file: what the user wrote and where. */
struct config_entry {
	const char *section, *key, *value, *file;
	int line;
	bool used; /* set by config_bind: somebody's schema knows it */
};

/** A foreign shim, [shim/NAME]. */
struct config_shim {
	const char *name, *binary;
	uint32_t mode; /* 0 auto, 1 empty, 2 any, 3 bootstrap: what `start` gets on stdin */
};

struct config {
	struct config_cleat cleat;
	struct config_plugins plugins;
	struct config_supervision supervision;
	const char *file; /* of --config or $CLEAT_CONFIG; NULL when the default paths were read */
	struct config_entry *entries; /* all of them, after merging: one per section and key */
	size_t nentries;
	struct config_entry *headings; /* each "[section]" of each file, key and value "" */
	size_t nheadings;
	struct config_shim *shims;
	size_t nshims;
	void *private_;
};

/**
 * Read the files, merge, check and bind [cleat], [plugins], [supervision] and [shim/...]; other sections wait for
 * their plugin's schema. @file NULL: $CLEAT_CONFIG, then the default paths. Free with config_free.
 * EINVAL with "FILE:LINE: ..."; ENOENT when a named file is missing.
 */
int config_open(const char *file, struct config **out, struct cleat_error *err);
void config_free(struct config *config);
void config_freep(struct config **config);

/** Schemas of the core's own sections: for `config defaults`, `config show`, cleat.ini(5). */
const struct cleat_key *config_cleat_keys(size_t *out_n);
const struct cleat_key *config_plugins_keys(size_t *out_n);
const struct cleat_key *config_supervision_keys(size_t *out_n);
const struct cleat_key *config_shim_keys(size_t *out_n); /* of each [shim/NAME] */

/**
 * Fill the struct @settings (zeroed, of the schema's size) for [@section] from @nkeys rows that are
 * @stride bytes apart: defaults, then the entries; marks the entries used. Strings are borrowed
 * from @config. EINVAL: bad value, missing mandatory key, unknown key (nearest one named).
 */
int config_bind(struct config *config, const char *section, const struct cleat_key *keys,
		size_t nkeys, size_t stride, void *settings, struct cleat_error *err);
/** Parse one value by its row into @field. For config_bind and for checking schemas. */
int config_parse_value(const struct cleat_key *key, const char *value, void *field,
		       struct cleat_error *err);
/** Is the row itself sound: kind, limits, and a fallback that they allow? */
int config_check_key(const struct cleat_key *key, struct cleat_error *err);
/** The entry for a key, or NULL when the default holds. */
const struct config_entry *config_find(const struct config *config, const char *section,
				       const char *key);
struct text;
struct json_out;
/** "duration, 100ms..1h": what a value of the row may be. */
void config_print_kind(struct text *out, const struct cleat_key *key);
/** Append "[section]" with each key's doc as comment and its default: one part of etc/cleat.ini. */
void config_print_defaults(struct text *out, const char *section, const char *summary,
			   const struct cleat_key *keys, size_t nkeys, size_t stride);
/** Append "[section]" with the values that hold, each with its origin: valid ini again. */
void config_print_section(struct text *out, const struct config *config, const char *section,
			  const struct cleat_key *keys, size_t nkeys, size_t stride);
/** Add one object a key to an open array: Section, Key, Kind, Default, Value, File, Line, Doc. */
void config_json_section(struct json_out *out, const struct config *config, const char *section,
			 const struct cleat_key *keys, size_t nkeys, size_t stride);

#endif
