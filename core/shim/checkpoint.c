/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint.c - Checkpoint: an image of the container in a directory that the daemon made.
 *
 * Images take as long as there is memory to write: that happens in a child, whose pipe says how it went.
 */
#include "methods.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "base/loop.h"
#include "base/text.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/task.pb-c.h"

typedef Containerd__Task__V2__CheckpointTaskRequest checkpoint_request;
typedef Containerd__Runc__V1__CheckpointOptions checkpoint_options;

/* Without a directory of its own criu would write its log between the images, which are archived. */
static char *render(const struct task *task, const checkpoint_options *o)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	_cleanup_free_ char *own = text_format("%s/criu-work", task->bundle);

	if (!out || !own)
		return NULL;
	json_out_object(out);
	json_out_pair_bool(out, "leave-running", !o->exit);
	json_out_pair_bool(out, "tcp-established", o->open_tcp);
	json_out_pair_bool(out, "ext-unix-sk", o->external_unix_sockets);
	json_out_pair_bool(out, "shell-job", o->terminal);
	json_out_pair_bool(out, "file-locks", o->file_locks);
	json_out_pair_text(out, "manage-cgroups-mode", o->cgroups_mode);
	json_out_pair_text(out, "work-path", *o->work_path ? o->work_path : own);
	json_out_pair_text(out, "parent-path", o->parent_path);
	if (o->n_empty_namespaces > 0)
		json_out_pair_texts(out, "empty-ns", (const char *const *)o->empty_namespaces);
	json_out_object_end(out);
	return json_out_take(out);
}

static char *options_json(const struct task *task, const checkpoint_request *in)
{
	checkpoint_options none = CONTAINERD__RUNC__V1__CHECKPOINT_OPTIONS__INIT;
	checkpoint_options *given =
		in->options ? containerd__runc__v1__checkpoint_options__unpack(
				      NULL, in->options->value.len, in->options->value.data)
			    : NULL;
	char *text = render(task, given ? given : &none);

	if (given)
		containerd__runc__v1__checkpoint_options__free_unpacked(given, NULL);
	return text;
}

/* ---- the child ------------------------------------------------------------------------------------- */

/* Its parent has gone on: it answers by the pipe alone. */
static void write_images(struct task *task, int image, const char *options, int pipe)
{
	struct cleat_error err = { 0 };

	if (use_runtime_checkpoint(task->box, image, options, &err) == 0)
		err.errnum = 0;
	(void)!write(pipe, &err, sizeof(err));
	_exit(0);
}

/* ---- the answer ------------------------------------------------------------------------------------ */

struct checkpoint {
	struct shim *shim;
	struct rpc_call *call;
	char *id, *path;
	int pipe;
	struct cleat_watch *watch;
};

static void checkpoint_free(struct checkpoint *c)
{
	loop_unwatchp(&c->watch);
	cleat_closep(&c->pipe);
	free(c->id);
	free(c->path);
	free(c);
}

static void tell(const struct checkpoint *c)
{
	Containerd__Events__TaskCheckpointed event = CONTAINERD__EVENTS__TASK_CHECKPOINTED__INIT;

	event.container_id = c->id;
	event.checkpoint = c->path;
	publish(c->shim->publisher, "/tasks/checkpointed", &event.base);
	rpc_reply(c->call, NULL);
}

static void ended(void *arg, uint32_t events)
{
	struct checkpoint *c = arg;
	struct cleat_error err = { 0 };

	(void)events;
	if (read(c->pipe, &err, sizeof(err)) != sizeof(err))
		(void)cleat_fail(&err, ECANCELED, "cannot checkpoint '%s': it was killed", c->id);
	if (err.errnum)
		method_fail(c->shim, c->call, "checkpoint", &err);
	else
		tell(c);
	checkpoint_free(c);
}

static struct checkpoint *checkpoint_new(struct task *task, struct rpc_call *call,
					 const checkpoint_request *in)
{
	struct checkpoint *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->shim = task->shim;
	c->call = call;
	c->pipe = -1;
	c->id = strdup(task->id);
	c->path = strdup(in->path);
	if (c->id && c->path)
		return c;
	checkpoint_free(c);
	return NULL;
}

static int begin(struct checkpoint *c, struct task *task, const checkpoint_request *in,
		 struct cleat_error *err)
{
	_cleanup_free_ char *options = options_json(task, in);
	_cleanup_close_ int image = open(in->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ends[2];

	if (!options)
		return cleat_fail(err, ENOMEM, "cannot checkpoint '%s': out of memory", in->id);
	if (image < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", in->path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot checkpoint '%s': %m", in->id);
	_cleanup_close_ int theirs = ends[1];

	c->pipe = ends[0];
	int r = loop_watch_fd(c->shim->loop, c->pipe, EPOLLIN, ended, c, &c->watch, err);

	if (r < 0)
		return r;
	pid_t pid = fork();

	if (pid == 0)
		write_images(task, image, options, theirs);
	return pid < 0 ? cleat_fail(err, errno, "cannot fork: %m") : 0;
}

void method_checkpoint(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const checkpoint_request *in = (const checkpoint_request *)request;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (task->init.state == PROCESS_STOPPED) {
		rpc_fail_code(call, RPC_UNKNOWN, "cannot checkpoint a stopped container");
		return;
	}
	if (task->init.state == PROCESS_CREATED) {
		rpc_fail_code(call, RPC_UNKNOWN, "cannot checkpoint a task in created state");
		return;
	}
	struct checkpoint *c = checkpoint_new(task, call, in);

	if (!c) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
	} else if (begin(c, task, in, &err) < 0) {
		checkpoint_free(c);
		method_fail(arg, call, "checkpoint", &err);
	}
}
