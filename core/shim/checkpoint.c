/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - Checkpoint: an image of the container in a directory that the daemon made. */
#include "methods.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "base/json_out.h"
#include "publish.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/runc_options.pb-c.h"
#include "rpc/pb/task.pb-c.h"

typedef Containerd__Task__V2__CheckpointTaskRequest checkpoint_request;
typedef Containerd__Runc__V1__CheckpointOptions checkpoint_options;

static char *render(const checkpoint_options *o)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return NULL;
	json_out_object(out);
	json_out_pair_bool(out, "leave-running", !o->exit);
	json_out_pair_bool(out, "tcp-established", o->open_tcp);
	json_out_pair_bool(out, "ext-unix-sk", o->external_unix_sockets);
	json_out_pair_bool(out, "shell-job", o->terminal);
	json_out_pair_bool(out, "file-locks", o->file_locks);
	json_out_pair_text(out, "work-path", o->work_path);
	json_out_pair_text(out, "parent-path", o->parent_path);
	json_out_object_end(out);
	return json_out_take(out);
}

static char *options_json(const checkpoint_request *in)
{
	checkpoint_options none = CONTAINERD__RUNC__V1__CHECKPOINT_OPTIONS__INIT;
	checkpoint_options *given =
		in->options ? containerd__runc__v1__checkpoint_options__unpack(
				      NULL, in->options->value.len, in->options->value.data)
			    : NULL;
	char *text = render(given ? given : &none);

	if (given)
		containerd__runc__v1__checkpoint_options__free_unpacked(given, NULL);
	return text;
}

static int checkpoint(struct task *task, const checkpoint_request *in, struct cleat_error *err)
{
	_cleanup_free_ char *options = options_json(in);
	_cleanup_close_ int image = open(in->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!options)
		return cleat_fail(err, ENOMEM, "cannot checkpoint '%s': out of memory", in->id);
	if (image < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", in->path);
	return use_runtime_checkpoint(task->box, image, options, err);
}

void method_checkpoint(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const checkpoint_request *in = (const checkpoint_request *)request;
	Containerd__Events__TaskCheckpointed event = CONTAINERD__EVENTS__TASK_CHECKPOINTED__INIT;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_error err = { 0 };

	if (!task)
		return;
	if (task->init.state == PROCESS_STOPPED) {
		rpc_fail_code(call, RPC_UNKNOWN, "cannot checkpoint a stopped container");
	} else if (task->init.state == PROCESS_CREATED) {
		rpc_fail_code(call, RPC_UNKNOWN, "cannot checkpoint a task in created state");
	} else if (checkpoint(task, in, &err) < 0) {
		rpc_fail(call, &err);
	} else {
		event.container_id = task->id;
		event.checkpoint = in->path;
		publish(task->shim->publisher, "/tasks/checkpointed", &event.base);
		rpc_reply(call, NULL);
	}
}
