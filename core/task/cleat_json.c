/* SPDX-License-Identifier: Apache-2.0 */
/* cleat_json.c - <bundle>/cleat.json: its presence tells a shim that an engine of ours started it. */
#include "task/health.h"

#include "base/install.h"
#include "base/json_out.h"
#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

static void write_log_options(const struct task *task, struct json_out *o)
{
	json_out_key(o, "log_options");
	json_out_object(o);
	for (size_t i = 0; i < task->config->n_log_options; i++)
		json_out_pair_text(o, task->config->log_options[i]->key,
				   task->config->log_options[i]->value);
	json_out_object_end(o);
}

/* Whose log it is. */
static void write_labels(const struct task *task, struct json_out *o)
{
	json_out_pair_text(o, "name", task->row.name);
	json_out_pair_text(o, "image", *task->row.image ? task->row.image : task->config->rootfs);
	json_out_key(o, "labels");
	json_out_object(o);
	for (size_t i = 0; i < task->config->n_labels; i++)
		json_out_pair_text(o, task->config->labels[i]->key, task->config->labels[i]->value);
	json_out_object_end(o);
}

/* What a shim needs to start a daemon that went away while it waited for a restart. */
static void write_daemon(const struct task *task, struct json_out *o)
{
	const struct tasks_env *env = &task->all->env;
	struct cleat_error ignored = { 0 };
	char path[PATH_MAX] = "";

	(void)install_program("cleatd", path, sizeof(path), &ignored);
	json_out_pair_text(o, "daemon", path);
	json_out_pair_text(o, "config", env->config->file ? env->config->file : "");
	json_out_pair_text(o, "root", env->root);
	json_out_pair_text(o, "state", env->state);
}

/* S88: docker's DOCKER_RAMDISK under our name: the root cannot be pivoted away from. */
static bool is_ramdisk(void)
{
	const char *value = getenv("CLEAT_RAMDISK");

	return value && *value;
}

int task_cleat_json(const struct task *task, const char *config, char **out,
		    struct cleat_error *err)
{
	const struct config_cleat *cleat = &task->all->env.config->cleat;
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	_cleanup_free_ char *log_dir =
		text_format("%s/logs/%s/%s", task->all->env.root, task->row.ns, task->row.id);

	if (!o || !log_dir)
		return cleat_fail(err, ENOMEM, "cannot write cleat.json: out of memory");
	json_out_object(o);
	json_out_pair_bool(o, "engine", true);
	json_out_pair_text(o, "runtime", task->row.runtime);
	json_out_pair_text(o, "io", task->row.io);
	json_out_pair_text(o, "rootfs_mount",
			   cleat->rootfs_mount == CONFIG_ROOTFS_HOST ? "host" : "private");
	json_out_pair_bool(o, "no_pivot", cleat->no_pivot || is_ramdisk());
	json_out_pair_text(o, "cgroup_parent", cleat->cgroup_parent);
	json_out_pair_text(o, "log_dir", log_dir);
	json_out_pair_text(o, "restart", task->row.policy);
	json_out_pair_bool(o, "transient", task->config->auto_remove);
	write_log_options(task, o);
	write_labels(task, o);
	write_daemon(task, o);
	if (health_write_plan(task, config, o, err) < 0)
		return -err->errnum;
	json_out_object_end(o);
	*out = json_out_take(o);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot write cleat.json: out of memory");
}
