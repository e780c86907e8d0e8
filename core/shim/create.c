/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create.c - Create: from a bundle to a process that waits just before its program.
 *
 * On failure nothing is left: containerd then calls Delete, which must find no such container.
 * With a checkpoint everything but the process is made: its images run at once, so they wait for Start.
 */
#include "adopt.h"
#include "methods.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include "base/dir.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/text.h"
#include "facts.h"
#include "health.h"
#include "options.h"
#include "publish.h"
#include "rootfs.h"
#include "rpc/pb/events.pb-c.h"
#include "rpc/pb/task.pb-c.h"

typedef Containerd__Task__V2__CreateTaskRequest create_request;

enum { CONFIG_LIMIT = 16 << 20 };

/* Everything that one Create needs and that is gone after it. */
struct create {
	struct shim *shim;
	const create_request *request;
	struct task *task;
	struct facts facts;
	struct runc_options options;
	char *config;
	size_t config_len;
	struct json_doc *doc;
	const struct plugin *runtime;
	struct cleat_mount *mounts;
	bool private_root; /* the runtime mounts them */
	struct cleat_stdio stdio;
	int state_fd, checkpoint_fd;
	Containerd__Task__V2__CreateTaskRequest
		*kept; /* our own copy, when it has to wait for Start */
};

static int open_bundle(struct create *c, struct cleat_error *err)
{
	const create_request *request = c->request;
	struct task *task = c->task;

	if (!text_is_name(request->id))
		return cleat_fail(err, EINVAL, "'%s' is not a valid container id", request->id);
	if (request->bundle[0] != '/')
		return cleat_fail(err, EINVAL, "bundle '%s' is not an absolute path",
				  request->bundle);
	task->id = strdup(request->id);
	task->bundle = strdup(request->bundle);
	if (!task->id || !task->bundle ||
	    process_init(&task->init, task, "", request->stdin, request->stdout, request->stderr,
			 request->terminal) < 0)
		return cleat_fail(err, ENOMEM, "out of memory");
	task->bundle_fd = open(request->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (task->bundle_fd < 0)
		return cleat_fail(err, errno, "cannot open bundle '%s': %m", request->bundle);
	return 0;
}

static int read_config(struct create *c, struct cleat_error *err)
{
	int r = fd_read_file(c->task->bundle_fd, "config.json", CONFIG_LIMIT, &c->config,
			     &c->config_len, err);

	if (r < 0)
		return r;
	r = json_parse(c->config, c->config_len, &c->doc, err);
	if (r == 0)
		r = stdio_maps(c->task, json_root(c->doc), err);
	return r < 0 ? cleat_wrap(err, "config.json") : 0;
}

static int read_bundle(struct create *c, struct cleat_error *err)
{
	int r = facts_read(c->task->bundle_fd, &c->facts, err);

	if (r == 0)
		r = options_read(c->request->options, &c->options, err);
	if (r == 0)
		r = read_config(c, err);
	if (r < 0)
		return cleat_wrap(err, "cannot read bundle '%s'", c->task->bundle);
	r = health_open(c->task, &c->facts, &c->task->health, err);
	if (r < 0)
		return r;
	c->task->transient = c->facts.transient;
	c->task->restarts =
		c->facts.restart && *c->facts.restart && strcmp(c->facts.restart, "no") != 0;
	return 0;
}

static int find_plugins(struct create *c, struct cleat_error *err)
{
	int r = registry_find(c->shim->registry, "runtime", c->facts.runtime, &c->runtime, err);

	if (r == 0)
		r = registry_find(c->shim->registry, "io", c->facts.io, &c->task->io, err);
	return r;
}

/* containerd's words for mapped ids, on a snapshot that was made for a user namespace. */
static bool maps_ids(const struct cleat_mount *mounts)
{
	for (; mounts->type; mounts++)
		for (const char *const *option = mounts->options; *option; option++)
			if (text_starts(*option, "uidmap=") || text_starts(*option, "gidmap="))
				return true;
	return false;
}

/*
 * containerd wants its mounts at <bundle>/rootfs; the engine lets the runtime mount them inside. Mapped ids
 * are the runtime's always.
 */
static int mount_root(struct create *c, struct cleat_error *err)
{
	const create_request *request = c->request;
	size_t n = request->n_rootfs;

	c->private_root = c->facts.private_root;
	c->mounts = calloc(n + 1, sizeof(*c->mounts));
	if (!c->mounts)
		return cleat_fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const Containerd__Types__Mount *m = request->rootfs[i];
		const char **options = calloc(m->n_options + 1, sizeof(char *));

		if (!options)
			return cleat_fail(err, ENOMEM, "out of memory");
		for (size_t k = 0; k < m->n_options; k++)
			options[k] = m->options[k];
		c->mounts[i] = (struct cleat_mount){ .type = m->type,
						     .source = m->source,
						     .options = options };
	}
	if (maps_ids(c->mounts)) {
		if (!plugin_provides(c->runtime, CLEAT_PROVIDES_IDMAP))
			return cleat_fail(err, ENOTSUP,
					  "cannot map the ids of the root filesystem: runtime '%s' "
					  "does not provide %s",
					  c->runtime->desc.name, CLEAT_PROVIDES_IDMAP);
		c->private_root = true;
	}
	if (n == 0 || c->private_root)
		return 0;
	int r = rootfs_mount(c->task->bundle_fd, c->task->bundle, c->mounts, n, err);

	c->task->mounted = r == 0;
	return r;
}

static int open_state(struct create *c, struct cleat_error *err)
{
	_cleanup_free_ char *path = text_format("%s/runtime", c->task->bundle);

	if (!path)
		return cleat_fail(err, ENOMEM, "out of memory");
	c->state_fd = dir_make(path, 0700, err);
	if (c->state_fd < 0)
		return c->state_fd;
	if (!*c->request->checkpoint)
		return 0;
	c->checkpoint_fd = open(c->request->checkpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->checkpoint_fd < 0)
		return cleat_fail(err, errno, "cannot open checkpoint '%s': %m",
				  c->request->checkpoint);
	return 0;
}

static int open_stdio(struct create *c, struct cleat_error *err)
{
	return stdio_open(&c->task->init, json_get(json_root(c->doc), "process"), &c->facts,
			  &c->stdio, err);
}

static uint32_t create_flags(const struct create *c)
{
	uint32_t flags = 0;

	if (c->options.no_pivot || c->facts.no_pivot)
		flags |= CLEAT_NO_PIVOT;
	if (c->options.no_new_keyring)
		flags |= CLEAT_NO_NEW_KEYRING;
	if (c->options.systemd_cgroup)
		flags |= CLEAT_SYSTEMD_CGROUP;
	return flags;
}

/* What the client said of criu's directory, for the runtime. NULL: nothing. */
static char *restore_options(const struct create *c)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return NULL;
	json_out_object(out);
	if (c->options.criu_work_path)
		json_out_pair_text(out, "work-path", c->options.criu_work_path);
	json_out_object_end(out);
	return json_out_take(out);
}

static int make_process(struct create *c, struct cleat_error *err)
{
	struct task *task = c->task;
	_cleanup_free_ char *restore = restore_options(c);
	struct cleat_process process = { .pidfd = -1, .console_fd = -1 };
	struct cleat_create req = {
		.flags = create_flags(c),
		.id = task->id,
		.bundle = task->bundle,
		.bundle_fd = task->bundle_fd,
		.state_fd = c->state_fd,
		.config = c->config,
		.config_len = c->config_len,
		.stdio = &c->stdio,
		.rootfs = c->private_root ? c->mounts : NULL,
		.nrootfs = c->private_root ? (uint32_t)c->request->n_rootfs : 0,
		.checkpoint_fd = c->checkpoint_fd,
		.cgroup_parent = c->facts.cgroup_parent,
		.restore_options = restore,
	};
	int r = use_runtime_create(c->runtime, &req, &task->box, &process, err);

	if (r < 0)
		return r;
	task->init.pid = process.pid;
	task->init.state = PROCESS_CREATED;
	cleat_closep(&process.pidfd); /* we are the parent: until we reap it, the pid is enough */
	return stdio_attach(&task->init, process.console_fd, err);
}

static int make_or_wait(struct create *c, struct cleat_error *err)
{
	return *c->request->checkpoint ? 0 : make_process(c, err);
}

/* The order is the design: what comes later is taken back first. */
static int (*const steps[])(struct create *c, struct cleat_error *err) = {
	open_bundle, read_bundle, find_plugins, mount_root, open_state, open_stdio, make_or_wait,
};

static void create_fini(struct create *c)
{
	for (struct cleat_mount *m = c->mounts; m && m->type; m++)
		free((void *)(uintptr_t)m->options);
	free(c->mounts);
	free(c->config);
	json_free(c->doc);
	facts_fini(&c->facts);
	options_fini(&c->options);
	use_stdio_close(&c->stdio);
	cleat_closep(&c->state_fd);
	cleat_closep(&c->checkpoint_fd);
	if (c->kept)
		containerd__task__v2__create_task_request__free_unpacked(c->kept, NULL);
}

static void create_free(struct create *c)
{
	create_fini(c);
	free(c);
}

void create_drop(struct task *task)
{
	if (task->pending)
		create_free(task->pending);
	task->pending = NULL;
}

static void has_process(struct task *task)
{
	oom_watch(task);
	if (task->shim->engine)
		adopt_record_write(task);
}

int create_finish(struct task *task, struct cleat_error *err)
{
	int r = make_process(task->pending, err);

	if (r < 0)
		return r;
	create_drop(task);
	has_process(task);
	return 0;
}

/* The request belongs to its call, and is gone when that is answered. */
static int keep_request(struct create *c, struct cleat_error *err)
{
	size_t len = containerd__task__v2__create_task_request__get_packed_size(c->request);
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);

	if (bytes) {
		(void)containerd__task__v2__create_task_request__pack(c->request, bytes);
		c->kept = containerd__task__v2__create_task_request__unpack(NULL, len, bytes);
	}
	if (!c->kept)
		return cleat_fail(err, ENOMEM, "out of memory");
	c->request = c->kept;
	return 0;
}

static void take_back(struct task *task)
{
	struct cleat_error err = { 0 };

	if (task->box && use_runtime_destroy(task->box, &err) < 0)
		log_line(CLEAT_WARN, "failed to delete '%s' after a failed create: %s", task->id,
			 err.text);
	if (task->mounted && rootfs_unmount(task->bundle, true, &err) < 0)
		log_line(CLEAT_WARN, "failed to cleanup rootfs mount: %s", err.text);
	if (task->bundle_fd >= 0)
		(void)dir_remove_tree(task->bundle_fd, "runtime", &err);
	task_free(task);
}

static void tell(const struct create *c)
{
	Containerd__Events__TaskCreate event = CONTAINERD__EVENTS__TASK_CREATE__INIT;
	Containerd__Events__TaskIO io = CONTAINERD__EVENTS__TASK_IO__INIT;
	const create_request *request = c->request;

	io.stdin = request->stdin;
	io.stdout = request->stdout;
	io.stderr = request->stderr;
	io.terminal = request->terminal;
	event.container_id = request->id;
	event.bundle = request->bundle;
	event.rootfs = request->rootfs;
	event.n_rootfs = request->n_rootfs;
	event.io = &io;
	event.checkpoint = request->checkpoint;
	event.pid = (uint32_t)c->task->init.pid;
	publish(c->shim->publisher, "/tasks/create", &event.base);
}

static int create(struct create *c, struct cleat_error *err)
{
	int r = *c->request->checkpoint ? keep_request(c, err) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](c, err);
	if (r < 0) {
		/* the program's ends first: a half-made stream may wait for them */
		use_stdio_close(&c->stdio);
		take_back(c->task);
		return r;
	}
	c->task->next = c->shim->tasks;
	c->shim->tasks = c->task;
	fail_point("shim-created");
	if (c->kept)
		c->task->pending = c;
	else
		has_process(c->task);
	tell(c);
	return 0;
}

static struct create *create_new(struct shim *shim, const create_request *request)
{
	struct create *c = calloc(1, sizeof(*c));
	struct task *task = calloc(1, sizeof(*task));

	if (!c || !task) {
		free(c);
		free(task);
		return NULL;
	}
	task->shim = shim;
	task->bundle_fd = task->oom_fd = task->console = -1;
	c->shim = shim;
	c->request = request;
	c->task = task;
	c->stdio = (struct cleat_stdio){ .in = -1, .out = -1, .err = -1 };
	c->state_fd = c->checkpoint_fd = -1;
	return c;
}

void method_create(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Containerd__Task__V2__CreateTaskResponse answer =
		CONTAINERD__TASK__V2__CREATE_TASK_RESPONSE__INIT;
	const create_request *request = (const create_request *)message;
	struct create *c = NULL;
	struct cleat_error err = { 0 };

	if (task_find(arg, request->id)) {
		rpc_fail_code(call, RPC_ALREADY_EXISTS, "task %s: already exists", request->id);
		return;
	}
	c = create_new(arg, request);
	if (!c) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	int r = create(c, &err);

	if (r == 0)
		answer.pid = (uint32_t)c->task->init.pid;
	if (r < 0 || !c->kept)
		create_free(c);
	if (r < 0)
		method_fail(arg, call, "create", &err);
	else
		rpc_reply(call, &answer.base);
	shim_rest(arg); /* the configuration was large; from now on we only wait */
}
