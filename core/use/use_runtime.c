/* SPDX-License-Identifier: Apache-2.0 */
/* use_runtime.c - make a container, and everything that can be done to it, through a runtime plugin. */
#include "use.h"

#include "answer.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct box {
	const struct plugin *plugin;
	void *handle; /* the plugin's */
};

static const struct cleat_runtime_ops *table(const struct box *box)
{
	return box->plugin->desc.ops;
}

/* A container that waits to be restored has no handle yet. */
static int answer_absent(struct cleat_error *err)
{
	return cleat_fail(err, ESRCH, "the container has no process yet");
}

static int box_new(const struct plugin *plugin, const char *id, struct box **out,
		   struct cleat_error *err)
{
	struct box *box = calloc(1, sizeof(*box));

	if (!box)
		return cleat_fail(err, ENOMEM, "cannot hold container '%s': %m", id);
	box->plugin = plugin;
	*out = box;
	return 0;
}

static void process_reset(struct cleat_process *process)
{
	*process =
		(struct cleat_process){ .size = sizeof(*process), .pidfd = -1, .console_fd = -1 };
}

static void process_close(struct cleat_process *process)
{
	cleat_closep(&process->pidfd);
	cleat_closep(&process->console_fd);
	process_reset(process);
}

static int process_check(const struct plugin *plugin, const char *op,
			 const struct cleat_process *process, struct cleat_error *err)
{
	if (process->pid <= 0)
		return cleat_fail(err, EPROTO, "plugin %s/%s gave process id %d from '%s'",
				  plugin->desc.type, plugin->desc.name, process->pid, op);
	int r = answer_fd(plugin, op, process->pidfd, err);

	return r < 0 ? r : answer_fd(plugin, op, process->console_fd, err);
}

int use_runtime_create(const struct plugin *plugin, struct cleat_create *req, struct box **out,
		       struct cleat_process *process, struct cleat_error *err)
{
	struct box *box = NULL;
	int r = box_new(plugin, req->id, &box, err);

	if (r < 0)
		return r;
	req->size = sizeof(*req);
	process_reset(process);
	r = answer(plugin, "create",
		   table(box)->create(plugin->self, req, &box->handle, process, err), err);
	if (r < 0) {
		free(box);
		return r;
	}
	r = process_check(plugin, "create", process, err);
	if (r < 0) {
		struct cleat_error ignored = { 0 }; /* the first failure is the one to tell */

		process_close(process);
		(void)table(box)->destroy(box->handle, &ignored);
		use_runtime_release(box);
		return r;
	}
	*out = box;
	return 0;
}

int use_runtime_load(const struct plugin *plugin, const char *id, int state_fd, struct box **out,
		     struct cleat_error *err)
{
	struct box *box = NULL;
	int r = box_new(plugin, id, &box, err);

	if (r < 0)
		return r;
	r = answer(plugin, "load", table(box)->load(plugin->self, id, state_fd, &box->handle, err),
		   err);
	if (r < 0)
		free(box);
	else
		*out = box;
	return r;
}

int use_runtime_start(struct box *box, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	return answer(box->plugin, "start", table(box)->start(box->handle, err), err);
}

int use_runtime_kill(struct box *box, int signal, bool everyone, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	return answer(box->plugin, "kill", table(box)->kill(box->handle, signal, everyone, err),
		      err);
}

int use_runtime_exec(struct box *box, struct cleat_exec *req, struct cleat_process *process,
		     struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	process_reset(process);
	req->size = sizeof(*req);
	if (!table(box)->exec)
		return answer_missing(box->plugin, "exec", err);
	int r = answer(box->plugin, "exec", table(box)->exec(box->handle, req, process, err), err);

	if (r < 0)
		return r;
	r = process_check(box->plugin, "exec", process, err);
	if (r < 0)
		process_close(process);
	return r;
}

int use_runtime_pause(struct box *box, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	if (!table(box)->pause)
		return answer_missing(box->plugin, "pause", err);
	return answer(box->plugin, "pause", table(box)->pause(box->handle, err), err);
}

int use_runtime_resume(struct box *box, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	if (!table(box)->resume)
		return answer_missing(box->plugin, "resume", err);
	return answer(box->plugin, "resume", table(box)->resume(box->handle, err), err);
}

int use_runtime_update(struct box *box, const char *resources, size_t len, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	if (!table(box)->update)
		return answer_missing(box->plugin, "update", err);
	return answer(box->plugin, "update", table(box)->update(box->handle, resources, len, err),
		      err);
}

int use_runtime_state(struct box *box, struct cleat_state *out, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	*out = (struct cleat_state){ .size = sizeof(*out) };
	int r = answer(box->plugin, "state", table(box)->state(box->handle, out, err), err);

	if (r == 0 && (out->status < CLEAT_CREATED || out->status > CLEAT_STOPPED))
		return cleat_fail(err, EPROTO, "plugin %s/%s told the unknown status %u",
				  box->plugin->desc.type, box->plugin->desc.name, out->status);
	return r;
}

int use_runtime_processes(struct box *box, int32_t **out_pids, size_t *out_n,
			  struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	*out_pids = NULL;
	*out_n = 0;
	if (!table(box)->processes)
		return answer_missing(box->plugin, "processes", err);
	return answer(box->plugin, "processes",
		      table(box)->processes(box->handle, out_pids, out_n, err), err);
}

int use_runtime_stats(struct box *box, struct cleat_stats *out, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	*out = (struct cleat_stats){ .size = sizeof(*out) };
	if (!table(box)->stats)
		return answer_missing(box->plugin, "stats", err);
	return answer(box->plugin, "stats", table(box)->stats(box->handle, out, err), err);
}

int use_runtime_metrics(struct box *box, char **out_json, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	*out_json = NULL;
	if (!table(box)->metrics)
		return answer_missing(box->plugin, "metrics", err);
	return answer(box->plugin, "metrics", table(box)->metrics(box->handle, out_json, err), err);
}

int use_runtime_oom_fd(struct box *box, int *out_fd, struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	*out_fd = -1;
	if (!table(box)->oom_fd)
		return answer_missing(box->plugin, "oom_fd", err);
	int r = answer(box->plugin, "oom_fd", table(box)->oom_fd(box->handle, out_fd, err), err);

	return r < 0 ? r : answer_fd(box->plugin, "oom_fd", *out_fd, err);
}

int use_runtime_checkpoint(struct box *box, int image_fd, const char *options,
			   struct cleat_error *err)
{
	if (!box)
		return answer_absent(err);
	if (!table(box)->checkpoint)
		return answer_missing(box->plugin, "checkpoint", err);
	return answer(box->plugin, "checkpoint",
		      table(box)->checkpoint(box->handle, image_fd, options, err), err);
}

int use_runtime_destroy(struct box *box, struct cleat_error *err)
{
	if (!box)
		return 0;
	return answer(box->plugin, "destroy", table(box)->destroy(box->handle, err), err);
}

void use_runtime_release(struct box *box)
{
	if (!box)
		return;
	table(box)->release(box->handle);
	free(box);
}

int use_runtime_features(const struct plugin *plugin, char **out_json, struct cleat_error *err)
{
	const struct cleat_runtime_ops *ops = plugin->desc.ops;

	*out_json = NULL;
	if (!ops->features)
		return answer_missing(plugin, "features", err);
	return answer(plugin, "features", ops->features(plugin->self, out_json, err), err);
}
