/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - which io plugin the next process gets, and where what it says is kept.
 *
 * Without --io that depends on how it is started: with a client, the plugin of key `io` brings its
 * output there; without one, that of key `detached-io` keeps it. A terminal is always the latter's, if
 * clients can attach to it: then they can also detach.
 */
#include "task/log.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/text.h"
#include "config/config.h"
#include "plugin/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

bool log_is_kept_by(const struct plugin *plugin)
{
	return plugin_provides(plugin, LOG_PROVIDED);
}

static const struct plugin *find(const struct task *task, const char *name)
{
	const struct plugin *plugin = NULL;
	struct cleat_error ignored = { 0 };

	(void)registry_find(task->all->env.registry, "io", name, &plugin, &ignored);
	return plugin;
}

static char *directory(const struct task *task)
{
	return text_format("%s/logs/%s/%s", task->all->env.root, task->row.ns, task->row.id);
}

static int make_directory(const struct task *task, struct cleat_error *err)
{
	_cleanup_free_ char *path = directory(task);
	_cleanup_close_ int dir =
		path ? dir_make(path, 0700, err)
		     : cleat_fail(err, ENOMEM, "cannot make a log: out of memory");

	return dir < 0 ? dir : 0;
}

int log_choose_io(struct task *task, const struct task_prepare *how, struct cleat_error *err)
{
	const struct config_plugins *defaults = &task->all->env.config->plugins;
	const char *detached = defaults->detached_io;
	bool client = how->attach_stdin || how->attach_stdout || how->attach_stderr;
	const char *name = *task->config->io ? task->config->io : defaults->io;

	/* not loaded, as in a cleat.ini that was written before there was one: then as with a client */
	if (!*task->config->io && *detached && find(task, detached) &&
	    (!client ||
	     (task->config->terminal && plugin_provides(find(task, detached), LOG_ATTACHED))))
		name = detached;
	if (task_set_text(&task->row.io, name) < 0)
		return cleat_fail(err, ENOMEM, "cannot start: out of memory");
	const struct plugin *plugin = find(task, name);

	task->attach = plugin && plugin_provides(plugin, LOG_ATTACHED);
	return plugin && log_is_kept_by(plugin) ? make_directory(task, err) : 0;
}

static const struct cleat_key *find_key(const struct plugin *plugin, const char *name)
{
	for (uint32_t i = 0; i < plugin->desc.nkeys; i++) {
		const struct cleat_key *key =
			(const void *)((const char *)plugin->desc.keys + i * plugin->desc.key_size);

		if (text_eq(key->name, name))
			return key;
	}
	return NULL;
}

/* What a key of the plugin is for a container: its own option, or cleat.ini's, or the plugin's. */
static const char *value_of(const struct config *ini, const container_config *config,
			    const struct plugin *plugin, const char *name)
{
	_cleanup_free_ char *section = text_format("io/%s", plugin->desc.name);
	const struct config_entry *entry = section ? config_find(ini, section, name) : NULL;
	const struct cleat_key *key = find_key(plugin, name);

	for (size_t i = 0; i < config->n_log_options; i++)
		if (text_eq(config->log_options[i]->key, name))
			return config->log_options[i]->value;
	if (entry)
		return entry->value;
	return key ? key->fallback : NULL;
}

const char *log_driver(const struct task *task)
{
	const struct plugin *plugin = find(task, task->row.io);
	const char *format =
		plugin && log_is_kept_by(plugin)
			? value_of(task->all->env.config, task->config, plugin, "format")
			: NULL;

	return format ? format : task->row.io;
}

/* Is the journal the log of that plugin's containers? */
static bool is_journal(const char *format)
{
	return format && text_eq(format, "journald");
}

const char *log_journal_socket(const struct task *task)
{
	const struct plugin *plugin = find(task, task->row.io);

	return plugin && log_is_kept_by(plugin) && is_journal(log_driver(task))
		       ? value_of(task->all->env.config, task->config, plugin, "journal-socket")
		       : NULL;
}

static int check_journal(const struct config *ini, const container_config *config,
			 const struct plugin *plugin, struct cleat_error *err)
{
	const char *path = value_of(ini, config, plugin, "journal-socket");
	_cleanup_close_ int fd = path ? fd_unix_datagrams(path) : -EINVAL;

	return path && fd < 0
		       ? cleat_fail(err, -fd,
				    "cannot log to the journal: no journald listens at '%s' (%s); "
				    "start systemd-journald, or use --log-driver json-file",
				    path, strerror(-fd))
		       : 0;
}

char *log_path(const struct task *task)
{
	const struct plugin *plugin = find(task, task->row.io);
	_cleanup_free_ char *dir = directory(task);
	char *path = dir ? text_format("%s/container.log", dir) : NULL;
	const char *driver = log_driver(task);
	bool kept =
		plugin && log_is_kept_by(plugin) && !text_eq(driver, "none") && !is_journal(driver);

	/* also what an earlier run said, when this one has a client */
	if (!path || kept || (!is_journal(driver) && access(path, F_OK) == 0))
		return path;
	free(path);
	return strdup("");
}

uint64_t log_dropped(const struct task *task)
{
	_cleanup_free_ char *path = directory(task);
	_cleanup_close_ int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	_cleanup_free_ char *text = NULL;
	struct cleat_error ignored = { 0 };
	size_t len = 0;

	if (dir < 0 || fd_read_file(dir, "dropped", 64, &text, &len, &ignored) < 0)
		return 0;
	return strtoull(text, NULL, 10);
}

uint64_t log_discarded(const struct task *task)
{
	_cleanup_free_ char *path = text_format("%s/io/discarded", task->bundle);
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	uint64_t now = 0;

	if (fd < 0 || pread(fd, &now, sizeof(now), 0) != sizeof(now))
		now = 0;
	return task->discarded + now;
}

/* ---- --log-opt ------------------------------------------------------------------------------------ */

int log_check_options(const struct config *ini, const container_config *config,
		      const struct plugin *plugin, struct cleat_error *err)
{
	if (config->n_log_options && !log_is_kept_by(plugin))
		return cleat_fail(
			err, EINVAL,
			"conflicting options: io plugin '%s' keeps no log, so log option '%s' "
			"means nothing",
			plugin->desc.name, config->log_options[0]->key);
	for (size_t i = 0; i < config->n_log_options; i++) {
		const Cleat__V1__Label *option = config->log_options[i];
		const struct cleat_key *key = find_key(plugin, option->key);
		union {
			int64_t number;
			const char *text;
		} value = { 0 };

		if (!key)
			return cleat_fail(
				err, EINVAL,
				"unknown log option '%s'; `cleat plugins show io/%s` lists "
				"them",
				option->key, plugin->desc.name);
		/* docker writes -1 for "no limit" */
		if (text_eq(option->key, "max-size") && text_eq(option->value, "-1"))
			continue;
		if (config_parse_value(key, option->value, &value, err) < 0)
			return cleat_wrap(err, "cannot use log option %s", option->key);
		for (size_t k = 0; k < i; k++)
			if (text_eq(config->log_options[k]->key, option->key))
				return cleat_fail(err, EINVAL, "log option %s is given twice",
						  option->key);
	}
	return log_is_kept_by(plugin) && is_journal(value_of(ini, config, plugin, "format"))
		       ? check_journal(ini, config, plugin, err)
		       : 0;
}
