/* SPDX-License-Identifier: Apache-2.0 */
/* system.c - what this daemon is, and the request to leave. */
#include "service/service.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/text.h"
#include "config/config.h"
#include "plugin/registry.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cleat/cleanup.h>

void service_version(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Cleat__V1__VersionResponse reply = CLEAT__V1__VERSION_RESPONSE__INIT;
	const struct service *service = arg;
	const struct tasks_env *env = &service->tasks->env;
	struct utsname machine = { 0 };

	(void)message;
	(void)uname(&machine); /* fails for a bad pointer only */
	reply.version = (char *)(uintptr_t)CLEAT_VERSION;
	reply.pid = (uint32_t)getpid();
	reply.config = (char *)(uintptr_t)(env->config->file ? env->config->file : "");
	reply.root = (char *)(uintptr_t)env->root;
	reply.state = (char *)(uintptr_t)env->state;
	reply.kernel = machine.release;
	reply.arch = machine.machine;
	reply.started_at = service->started_at;
	rpc_reply(call, &reply.base);
}

static unsigned count(const struct tasks *tasks, int phase)
{
	unsigned n = 0;

	for (const struct task *task = tasks->first; task; task = task->next)
		n += !task->creating && (phase < 0 || task->row.phase == phase);
	return n;
}

static int count_image(void *arg, const struct store_image *row, struct cleat_error *err)
{
	(void)row;
	(void)err;
	++*(unsigned *)arg;
	return 0;
}

static void write_plugins(const struct tasks *tasks, struct json_out *o)
{
	json_out_key(o, "Plugins");
	json_out_array(o);
	for (size_t i = 0; i < registry_count(tasks->env.registry); i++) {
		const struct plugin *plugin = registry_at(tasks->env.registry, i);

		json_out_object(o);
		json_out_pair_text(o, "Type", plugin->desc.type);
		json_out_pair_text(o, "Name", plugin->desc.name);
		json_out_pair_bool(o, "Refused", plugin->refused);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void write_info(const struct service *service, struct json_out *o)
{
	const struct tasks *tasks = service->tasks;
	struct cleat_error ignored = { 0 };
	struct utsname machine = { 0 };
	unsigned images = 0;

	(void)uname(&machine);
	(void)store_images(tasks->env.store, NULL, count_image, &images, &ignored);
	json_out_object(o);
	json_out_pair_u64(o, "Containers", count(tasks, -1));
	json_out_pair_u64(o, "ContainersRunning", count(tasks, TASK_RUNNING));
	json_out_pair_u64(o, "ContainersPaused", count(tasks, TASK_PAUSED));
	json_out_pair_u64(o, "ContainersStopped", count(tasks, TASK_EXITED));
	json_out_pair_u64(o, "Images", images);
	json_out_pair_text(o, "ServerVersion", CLEAT_VERSION);
	json_out_pair_text(o, "KernelVersion", machine.release);
	json_out_pair_text(o, "Architecture", machine.machine);
	json_out_pair_text(o, "OSType", "linux");
	json_out_pair_text(o, "Name", machine.nodename);
	json_out_pair_text(o, "RootDir", tasks->env.root);
	json_out_pair_text(o, "StateDir", tasks->env.state);
	json_out_pair_text(o, "Config", tasks->env.config->file ? tasks->env.config->file : "");
	json_out_pair_text(o, "DefaultRuntime", tasks->env.config->plugins.runtime);
	json_out_pair_text(o, "Snapshotter", tasks->env.config->plugins.snapshotter);
	json_out_pair_text(o, "Io", tasks->env.config->plugins.io);
	json_out_pair_text(o, "Restart", tasks->env.config->plugins.restart);
	json_out_pair_text(o, "CgroupParent", tasks->env.config->cleat.cgroup_parent);
	write_plugins(tasks, o);
	json_out_object_end(o);
}

void service_info(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Cleat__V1__InfoResponse reply = CLEAT__V1__INFO_RESPONSE__INIT;
	_cleanup_json_out_ struct json_out *o = json_out_new(true);

	(void)message;
	if (o)
		write_info(arg, o);
	_cleanup_free_ char *json = o ? json_out_take(o) : NULL;

	if (!json) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	reply.json = json;
	rpc_reply(call, &reply.base);
}

void service_shutdown(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	struct service *service = arg;

	(void)message;
	rpc_reply(call, NULL);
	service->shut_down(service->arg);
}
