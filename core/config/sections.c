/* SPDX-License-Identifier: Apache-2.0 */
/* sections.c - schemas of the core's own sections, and what they must satisfy beyond their kind. */
#include "sections.h"

#include "pool.h"

#include "base/id_range.h"
#include "base/install.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <string.h>

static const struct cleat_key cleat_keys[] = {
	CLEAT_KEY(struct config_cleat, root, "root", "/var/lib/cleat", NULL,
		  "Directory for what must survive a reboot: database, images, snapshots, logs."),
	CLEAT_KEY(struct config_cleat, state, "state", "/run/cleat", NULL,
		  "Directory for what need not: bundles, sockets, fifos. Best on a tmpfs."),
	CLEAT_KEY(struct config_cleat, socket, "socket", "", NULL,
		  "Where cleatd listens. Empty: cleatd.sock in the state directory."),
	CLEAT_KEY(struct config_cleat, plugin_dir, "plugin-dir", "", NULL,
		  "Directory of the plugins' files. Empty: that of this installation. It and its "
		  "parents must belong to root and be writable by nobody else."),
	CLEAT_KEY(struct config_cleat, cgroup_parent, "cgroup-parent", "/cleat", NULL,
		  "Container ID gets the cgroup PARENT/ID in every hierarchy."),
	CLEAT_KEY(struct config_cleat, init_path, "init-path", "/usr/bin/tini-static", NULL,
		  "A static program that `run --init` puts before the container's own."),
	CLEAT_KEY(struct config_cleat, shim, "shim", "", NULL,
		  "Our shim's program. Empty: that of this installation."),
	CLEAT_KEY(struct config_cleat, seccomp, "seccomp", "", NULL,
		  "System-call filter of new containers: a file, or `none`. Empty: seccomp.json in "
		  "the directory of this file."),
	CLEAT_KEY(struct config_cleat, rootfs_mount, "rootfs-mount", "private", "private|host",
		  "Where a container's root is mounted: `private`, in its own mount namespace, so "
		  "that the host's table does not grow; `host`, visibly at BUNDLE/rootfs."),
	CLEAT_KEY(struct config_cleat, log_level, "log-level", "info", "debug|info|warn|error",
		  "Lines below this level are not written."),
	CLEAT_KEY(struct config_cleat, log_format, "log-format", "text", "text|json",
		  "Form of the log lines of cleatd and the shims."),
	CLEAT_KEY(struct config_cleat, idle_exit_ns, "idle-exit", "0", NULL,
		  "cleatd ends when it has had nothing to do for so long. 0: never."),
	CLEAT_KEY(struct config_cleat, shim_timeout_ns, "shim-timeout", "10s", "100ms..1h",
		  "How long cleatd waits for an answer of a shim."),
	CLEAT_KEY(struct config_cleat, no_pivot, "no-pivot", "no", NULL,
		  "Use MS_MOVE and chroot instead of pivot_root: only for a host whose root is an "
		  "initial ramdisk."),
	CLEAT_KEY(
		struct config_cleat, metrics_socket, "metrics-socket", "", NULL,
		"A unix socket where cleatd answers `GET /metrics` as Prometheus reads it. Empty: "
		"none."),
	CLEAT_KEY(struct config_cleat, userns, "userns", "host", "host|auto",
		  "User namespace of a new container without --userns: the host's, or one of its "
		  "own, in which root is nobody's root outside."),
	CLEAT_KEY(
		struct config_cleat, userns_ids, "userns-ids", "", NULL,
		"FIRST:COUNT: the host's user and group ids that --userns auto gives to containers, "
		"which nobody else may use. Empty: those of user `containers` in /etc/subuid and "
		"/etc/subgid, or without such lines 1879048192:268304384."),
	CLEAT_KEY(struct config_cleat, userns_size, "userns-size", "65536", "1..4294967294",
		  "So many of them for each container."),
};

static const struct cleat_key plugins_keys[] = {
	CLEAT_KEY(
		struct config_plugins, load, "load",
		"runtime-linux snapshot-overlay restart io-fifo io-log", NULL,
		"Names of the plugin files to load, without .so, separated by blanks. A file that "
		"is not named here never runs."),
	CLEAT_KEY(struct config_plugins, runtime, "runtime", "linux", NULL,
		  "Runtime plugin, or [shim/NAME], of a new container without --runtime."),
	CLEAT_KEY(struct config_plugins, snapshotter, "snapshotter", "overlay", NULL,
		  "Snapshotter plugin of a new container without --snapshotter."),
	CLEAT_KEY(struct config_plugins, restart, "restart", "standard", NULL,
		  "Restart plugin: it decides whether a container comes back, and when."),
	CLEAT_KEY(struct config_plugins, io, "io", "fifo", NULL,
		  "Io plugin of a new container without --io."),
	CLEAT_KEY(struct config_plugins, detached_io, "detached-io", "log", NULL,
		  "The same for one that runs in the background, where no client takes its output. "
		  "Empty, or not loaded: that of `io`."),
};

static const struct cleat_key supervision_keys[] = {
	CLEAT_KEY(
		struct config_supervision, concurrency, "restart-concurrency", "0", "0..4096",
		"So many containers are restarted at once; others wait their turn. A start by hand "
		"does not. 0: one for each CPU, and at least 4."),
	CLEAT_KEY(struct config_supervision, rate, "restart-rate", "20", "0..100000",
		  "And so many a second, over all containers. 0: no limit."),
	CLEAT_KEY(
		struct config_supervision, burst, "restart-burst", "40", "1..100000",
		"After a quiet time so many may follow each other without regard to restart-rate."),
	CLEAT_KEY(struct config_supervision, boot_parallel, "boot-parallel", "0", "0..4096",
		  "So many containers are started at once when cleatd comes up. 0: two for each "
		  "CPU, at least 4 and at most 64."),
	CLEAT_KEY(struct config_supervision, boot_spread_ns, "boot-spread", "5s", "0..10m",
		  "Their starts are spread at random over 10 ms for each container, at most over "
		  "this time."),
	CLEAT_KEY(
		struct config_supervision, gc_delay_ns, "gc-delay", "1s", "10ms..1h",
		"What cannot be cleaned up after a container's end is tried again after this time, "
		"which doubles each time."),
	CLEAT_KEY(struct config_supervision, gc_delay_max_ns, "gc-delay-max", "1m", "10ms..1d",
		  "Up to this."),
	CLEAT_KEY(struct config_supervision, stop_skip_ignored, "stop-skip-ignored", "no", NULL,
		  "When the first process of a container ignores its stop signal: kill it at once, "
		  "without waiting for the stop timeout?"),
};

static const struct cleat_key shim_keys[] = {
	CLEAT_KEY(struct config_shim, binary, "binary", NULL, NULL,
		  "Path of a program that speaks containerd's shim protocol."),
	CLEAT_KEY(
		struct config_shim, mode, "mode", "auto", "auto|empty|any|bootstrap",
		"What its `start` reads from standard input: nothing (`empty`), a protobuf Any of "
		"runtime options (`any`), or bootstrap parameters (`bootstrap`). `auto` finds out."),
};

const struct cleat_key *config_cleat_keys(size_t *out_n)
{
	*out_n = ARRAY_SIZE(cleat_keys);
	return cleat_keys;
}

const struct cleat_key *config_plugins_keys(size_t *out_n)
{
	*out_n = ARRAY_SIZE(plugins_keys);
	return plugins_keys;
}

const struct cleat_key *config_supervision_keys(size_t *out_n)
{
	*out_n = ARRAY_SIZE(supervision_keys);
	return supervision_keys;
}

const struct cleat_key *config_shim_keys(size_t *out_n)
{
	*out_n = ARRAY_SIZE(shim_keys);
	return shim_keys;
}

/* Could a section of that name belong to somebody? Plugins are not known yet. */
static bool possible_section(const char *name)
{
	static const char *const types[] = { "runtime/", "snapshotter/", "restart/", "io/",
					     "shim/" };

	if (text_eq(name, "cleat") || text_eq(name, "plugins") || text_eq(name, "supervision"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_starts(name, types[i]) && name[strlen(types[i])])
			return true;
	return false;
}

static int check_sections(const struct config *config, struct cleat_error *err)
{
	static const char *const known[] = {
		"cleat",  "plugins",   "supervision",         "runtime/linux",    "io/fifo",
		"io/log", "shim/NAME", "snapshotter/overlay", "restart/standard", NULL
	};

	for (size_t i = 0; i < config->nheadings; i++) {
		const struct config_entry *entry = &config->headings[i];

		if (possible_section(entry->section))
			continue;
		const char *near = text_nearest(entry->section, known);

		return cleat_fail(err, EINVAL, "%s:%d: unknown section [%s]%s%s%s", entry->file,
				  entry->line, entry->section, near ? "; did you mean [" : "",
				  near ? near : "", near ? "]?" : "");
	}
	return 0;
}

/* "FILE:LINE" of a key, or "default" for one that no file sets. */
static int bad_path(const struct config *config, const char *section, const char *key,
		    const char *value, struct cleat_error *err)
{
	const struct config_entry *entry = config_find(config, section, key);

	return cleat_fail(err, EINVAL,
			  "%s:%d: key '%s' in [%s] must be an absolute path without '..', not '%s'",
			  entry ? entry->file : "default", entry ? entry->line : 0, key, section,
			  value);
}

static bool is_good_path(const char *path)
{
	const char *dots = path;

	if (path[0] != '/')
		return false;
	while ((dots = strstr(dots, "/.."))) {
		if (dots[3] == '/' || dots[3] == '\0')
			return false;
		dots += 3;
	}
	return true;
}

static int check_paths(const struct config *config, struct cleat_error *err)
{
	const struct config_cleat *c = &config->cleat;
	const struct {
		const char *key, *value;
		bool may_be_empty;
	} paths[] = {
		{ "root", c->root, false },
		{ "state", c->state, false },
		{ "socket", c->socket, true },
		{ "plugin-dir", c->plugin_dir, true },
		{ "cgroup-parent", c->cgroup_parent, false },
		{ "init-path", c->init_path, true },
		{ "shim", c->shim, true },
		{ "seccomp", text_eq(c->seccomp, "none") ? "" : c->seccomp, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (!is_good_path(paths[i].value) && !(paths[i].may_be_empty && !*paths[i].value))
			return bad_path(config, "cleat", paths[i].key, paths[i].value, err);
	return 0;
}

static int check_ids(const struct config *config, struct cleat_error *err)
{
	const struct config_entry *entry = config_find(config, "cleat", "userns-ids");
	struct id_range range;

	if (!*config->cleat.userns_ids ||
	    id_range_parse(config->cleat.userns_ids, &range, err) == 0)
		return 0;
	return cleat_wrap(err, "%s:%d: key 'userns-ids' in [cleat] is '%s'",
			  entry ? entry->file : "default", entry ? entry->line : 0,
			  config->cleat.userns_ids);
}

/* What "" stands for. A missing plugin directory is told by whoever needs it: a static program does not. */
static int fill_in(struct config *config, struct pool *pool, struct cleat_error *err)
{
	struct config_cleat *c = &config->cleat;
	struct cleat_error none = { 0 };
	char path[PATH_MAX];

	if (!*c->socket)
		c->socket = pool_format(pool, "%s/cleatd.sock", c->state);
	if (!*c->plugin_dir && install_plugin_dir(path, sizeof(path), &none) == 0)
		c->plugin_dir = pool_text(pool, path);
	if (!c->socket || !c->plugin_dir)
		return cleat_fail(err, ENOMEM, "cannot read the configuration: %m");
	return 0;
}

static bool has_shim(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->nshims; i++)
		if (text_eq(config->shims[i].name, name))
			return true;
	return false;
}

static int add_shim(struct config *config, const char *section, struct cleat_error *err)
{
	struct config_shim *shims =
		realloc(config->shims, (config->nshims + 1) * sizeof(*config->shims));

	if (!shims)
		return cleat_fail(err, ENOMEM, "cannot read the configuration: %m");
	config->shims = shims;
	struct config_shim *shim = &shims[config->nshims];

	*shim = (struct config_shim){ 0 };
	int r = config_bind(config, section, shim_keys, ARRAY_SIZE(shim_keys), sizeof(*shim_keys),
			    shim, err);

	if (r < 0)
		return r;
	if (!is_good_path(shim->binary))
		return bad_path(config, section, "binary", shim->binary, err);
	shim->name = section + strlen("shim/");
	config->nshims++;
	return 0;
}

static int bind_shims(struct config *config, struct cleat_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->nentries; i++) {
		const char *section = config->entries[i].section;

		if (text_starts(section, "shim/") && !has_shim(config, section + strlen("shim/")))
			r = add_shim(config, section, err);
	}
	return r;
}

int sections_bind(struct config *config, struct pool *pool, struct cleat_error *err)
{
	int r = check_sections(config, err);

	if (r == 0)
		r = config_bind(config, "cleat", cleat_keys, ARRAY_SIZE(cleat_keys),
				sizeof(*cleat_keys), &config->cleat, err);
	if (r == 0)
		r = config_bind(config, "plugins", plugins_keys, ARRAY_SIZE(plugins_keys),
				sizeof(*plugins_keys), &config->plugins, err);
	if (r == 0)
		r = config_bind(config, "supervision", supervision_keys,
				ARRAY_SIZE(supervision_keys), sizeof(*supervision_keys),
				&config->supervision, err);
	if (r == 0)
		r = bind_shims(config, err);
	if (r == 0)
		r = check_paths(config, err);
	if (r == 0)
		r = check_ids(config, err);
	return r < 0 ? r : fill_in(config, pool, err);
}
