/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio.c - the stream of a process: who owns its ends, and when it is complete.
 *
 * The program must be able to open /dev/stdout again, so fifos belong to its user, as the host sees
 * that one.
 */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/text.h"
#include "facts.h"

static int read_map(const struct json *config, const char *path, struct idmap **out, size_t *out_n,
		    struct cleat_error *err)
{
	const struct json *list = json_path(config, path);
	size_t n = json_len(list);
	int r = 0;

	if (n == 0)
		return 0;
	*out = calloc(n, sizeof(**out));
	if (!*out)
		return cleat_fail(err, ENOMEM, "out of memory");
	*out_n = n;
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = json_get_u32(json_at(list, i), "containerID", &(*out)[i].inside, err);
		if (r == 0)
			r = json_get_u32(json_at(list, i), "hostID", &(*out)[i].outside, err);
		if (r == 0)
			r = json_get_u32(json_at(list, i), "size", &(*out)[i].count, err);
	}
	return r;
}

int stdio_maps(struct task *task, const struct json *config, struct cleat_error *err)
{
	int r = read_map(config, "linux.uidMappings", &task->uids, &task->nuids, err);

	if (r == 0)
		r = read_map(config, "linux.gidMappings", &task->gids, &task->ngids, err);
	return r;
}

static uint32_t to_host(uint32_t id, const struct idmap *map, size_t n)
{
	if (n == 0)
		return id;
	for (size_t i = 0; i < n; i++)
		if (id >= map[i].inside && id - map[i].inside < map[i].count)
			return map[i].outside + (id - map[i].inside);
	return CLEAT_IO_NOBODY;
}

/* The user as numbers. A name is only known inside the jail: then nobody in particular. */
static int owner(const struct task *task, const struct json *spec, struct cleat_io_request *req,
		 struct cleat_error *err)
{
	const struct json *user = json_get(spec, "user");
	const char *name = NULL;
	uint32_t uid = 0;
	uint32_t gid = 0;
	int r = json_get_text(user, "username", &name, err);

	if (r == 0)
		r = json_get_u32(user, "uid", &uid, err);
	if (r == 0)
		r = json_get_u32(user, "gid", &gid, err);
	req->uid = req->gid = CLEAT_IO_NOBODY;
	if (r < 0 || (name && *name && text_to_u32(name, &uid) < 0))
		return r;
	req->uid = to_host(uid, task->uids, task->nuids);
	req->gid = to_host(gid, task->gids, task->ngids);
	return 0;
}

static bool is_log(const struct plugin *plugin)
{
	return plugin_provides(plugin, "io.log");
}

/* A log serves no client: who has one gets the default plugin, and so does an exec. */
static int pick(const struct process *process, const struct plugin **out, struct cleat_error *err)
{
	const struct registry *registry = process->task->shim->registry;
	bool client = *process->in == '/' || *process->out == '/' || *process->err == '/';

	*out = process->task->io;
	if (!is_log(*out) || !(client || *process->exec_id))
		return 0;
	int r = registry_find(registry, "io", NULL, out, err);

	return r == 0 && is_log(*out) ? registry_find(registry, "io", "fifo", out, err) : r;
}

struct environment {
	struct cleat_pair *pairs; /* names are copies */
	uint32_t n;
};

static void environment_fini(struct environment *environment)
{
	for (uint32_t i = 0; i < environment->n; i++)
		free((char *)(uintptr_t)environment->pairs[i].name);
	free(environment->pairs);
}

/* process.env in two halves. */
static int environment_read(const struct json *spec, struct environment *out,
			    struct cleat_error *err)
{
	const struct json *list = json_get(spec, "env");
	size_t n = json_len(list);

	out->pairs = calloc(n ? n : 1, sizeof(*out->pairs));
	if (!out->pairs)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const char *text = json_text(json_at(list, i));
		const char *equals = text ? strchr(text, '=') : NULL;
		char *name = equals ? strndup(text, (size_t)(equals - text)) : NULL;

		if (equals && !name)
			return cleat_fail(err, ENOMEM, "out of memory");
		if (equals)
			out->pairs[out->n++] =
				(struct cleat_pair){ .name = name, .value = equals + 1 };
	}
	return 0;
}

int stdio_open(struct process *process, const struct json *spec, const struct facts *facts,
	       struct cleat_stdio *out, struct cleat_error *err)
{
	struct task *task = process->task;
	struct cleat_io_request req = {
		.namespace_ = task->shim->flags->namespace_,
		.id = task->id,
		.exec_id = process->exec_id,
		.in = process->in,
		.out = process->out,
		.err = process->err,
		.terminal = process->terminal,
	};
	int r = owner(task, spec, &req, err);

	const struct plugin *plugin = NULL;
	_cleanup_(environment_fini) struct environment env = { 0 };
	_cleanup_free_ char *pipes =
		facts && facts->engine ? text_format("%s/io", task->bundle) : NULL;

	if (r == 0)
		r = pick(process, &plugin, err);
	if (facts) {
		req.pipe_dir = pipes;
		req.log_dir = facts->log_dir;
		req.options = facts->options;
		req.noptions = facts->noptions;
		req.name = facts->name;
		req.image = facts->image;
		req.labels = facts->labels;
		req.nlabels = facts->nlabels;
	}
	if (r == 0 && facts)
		r = environment_read(spec, &env, err);
	req.env = env.pairs;
	req.nenv = env.n;
	if (r == 0)
		r = use_io_open(plugin, &req, out, &process->stream, err);
	return r;
}

int stdio_attach(struct process *process, int console_fd, struct cleat_error *err)
{
	_cleanup_close_ int console = console_fd;
	struct cleat_error ignored = { 0 };
	struct task *task = process->task;
	int r = 0;

	if (console >= 0)
		r = use_io_console(process->stream, console, err);
	if (r == 0 && task->shim->engine && process == &task->init)
		task->console = take_fd(&console);
	if (r == 0 && process->rows && process->columns)
		(void)use_io_resize(process->stream, process->rows, process->columns, &ignored);
	if (r == 0 && process->stdin_closed)
		(void)use_io_close_stdin(process->stream, &ignored);
	return r;
}
