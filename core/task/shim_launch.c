/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim_launch.c - fork and exec a shim exactly as containerd does (containerd-protocol.md 2.3).
 *
 * A foreign shim gets an empty standard input first; one that is too new for it says "deprecated
 * API" and is started again with BootstrapParams (2.2), unless its mode forbids.
 */
#include "task/shim_launch.h"

#include "task/child.h"
#include "task/spare.h"
#include "task/task.h"

#include "base/clock.h"
#include "base/install.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "plugin/registry.h"
#include "rpc/pb/bootstrap.pb-c.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

enum { START_LIMIT_S = 30, DELETE_LIMIT_S = 15 };
enum shim_mode { MODE_AUTO = 0, MODE_EMPTY = 1, MODE_ANY = 2, MODE_BOOTSTRAP = 3 };

void shim_program_fini(struct shim_program *program)
{
	free(program->path);
	memset(program, 0, sizeof(*program));
}

static int find_own(const struct task *task, struct shim_program *out, struct cleat_error *err)
{
	char path[PATH_MAX];
	const char *configured = task->all->env.config->cleat.shim;

	if (*configured) {
		out->path = strdup(configured);
	} else {
		int r = install_program("cleat-shim", path, sizeof(path), err);

		/* a sanitizer build has the dynamic one only */
		if (r == -ENOENT)
			r = install_program("cleat-shim-dl", path, sizeof(path), err);
		if (r < 0)
			return r;
		out->path = strdup(path);
	}
	return out->path ? 0 : cleat_fail(err, ENOMEM, "cannot find the shim: %m");
}

static const struct config_shim *find_foreign(const struct task *task)
{
	const struct config *config = task->all->env.config;

	for (size_t i = 0; config && i < config->nshims; i++)
		if (text_eq(config->shims[i].name, task->row.runtime))
			return &config->shims[i];
	return NULL;
}

bool shim_is_foreign(const struct task *task)
{
	return find_foreign(task) != NULL;
}

int shim_program_find(const struct task *task, struct shim_program *out, struct cleat_error *err)
{
	const struct config_shim *foreign = find_foreign(task);

	if (!foreign)
		return find_own(task, out, err);
	out->path = strdup(foreign->binary);
	out->foreign = true;
	out->mode = foreign->mode;
	return out->path ? 0 : cleat_fail(err, ENOMEM, "cannot find the shim: %m");
}

/* ---- what both actions share --------------------------------------------------------------------- */
struct launch {
	struct task *task;
	struct shim_program program;
	bool retried;
	shim_started started;
	shim_deleted_done deleted;
	void *arg;
};

static void launch_free(struct launch *launch)
{
	if (!launch)
		return;
	shim_program_fini(&launch->program);
	free(launch);
}

static int make_argv(const struct launch *launch, const char *action, struct strings *out)
{
	const struct task *task = launch->task;
	char self[PATH_MAX] = "";
	struct cleat_error ignored = { 0 };
	bool deleting = text_eq(action, "delete");

	/* Only a shim without TTRPC_ADDRESS would run it. */
	(void)install_program("cleatd", self, sizeof(self), &ignored);
	if (strings_add(out, launch->program.path) < 0 || strings_add(out, "-namespace") < 0 ||
	    strings_add(out, task->row.ns) < 0 || strings_add(out, "-address") < 0 ||
	    strings_add(out, task->all->env.address) < 0 ||
	    strings_add(out, "-publish-binary") < 0 || strings_add(out, self) < 0 ||
	    strings_add(out, "-id") < 0 || strings_add(out, task->row.id) < 0)
		return -ENOMEM;
	if (deleting && (strings_add(out, "-bundle") < 0 || strings_add(out, task->bundle) < 0))
		return -ENOMEM;
	if (log_wants(CLEAT_DEBUG) && strings_add(out, "-debug") < 0)
		return -ENOMEM;
	if (text_eq(action, "adopt") && task->spare[SPARE_MASTER] &&
	    (strings_add(out, "-console") < 0 ||
	     strings_addf(out, "%d", task->spare[SPARE_MASTER] - 1) < 0))
		return -ENOMEM;
	return strings_add(out, action);
}

static int make_env(const struct task *task, struct strings *out)
{
	const struct config *config = task->all->env.config;
	const char *path = getenv("PATH");

	if (strings_addf(out, "PATH=%s",
			 path ? path
			      : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") <
		    0 ||
	    strings_addf(out, "TTRPC_ADDRESS=%s", task->all->env.address) < 0 ||
	    strings_addf(out, "GRPC_ADDRESS=%s", task->all->env.address) < 0 ||
	    strings_addf(out, "NAMESPACE=%s", task->row.ns) < 0 ||
	    strings_add(out, "MAX_SHIM_VERSION=2") < 0 || strings_add(out, "GOMAXPROCS=2") < 0)
		return -ENOMEM;
#ifdef CLEAT_FAIL_POINTS
	/* for the daemon that a shim brings back */
	if (getenv("CLEAT_BOOT_ID") &&
	    strings_addf(out, "CLEAT_BOOT_ID=%s", getenv("CLEAT_BOOT_ID")) < 0)
		return -ENOMEM;
	if (getenv("CLEAT_FAIL") && strings_addf(out, "CLEAT_FAIL=%s", getenv("CLEAT_FAIL")) < 0)
		return -ENOMEM;
#endif
	return config->file ? strings_addf(out, "CLEAT_CONFIG=%s", config->file) : 0;
}

static int run_action(struct launch *launch, const char *action, const struct child_spec *model,
		      child_done done, struct cleat_error *err)
{
	_cleanup_strings_ struct strings argv = { 0 };
	_cleanup_strings_ struct strings env = { 0 };
	struct child_spec spec = *model;

	if (make_argv(launch, action, &argv) < 0 || make_env(launch->task, &env) < 0)
		return cleat_fail(err, ENOMEM, "cannot run the shim: %m");
	spec.program = launch->program.path;
	spec.argv = argv.item;
	spec.env = env.item;
	spec.cwd = launch->task->bundle;
	return child_start(launch->task->all->env.loop, &spec, done, launch, NULL, err);
}

static struct launch *launch_new(struct task *task, void *arg, struct cleat_error *err)
{
	struct launch *launch = calloc(1, sizeof(*launch));

	if (!launch) {
		(void)cleat_fail(err, ENOMEM, "cannot run a shim: %m");
		return NULL;
	}
	launch->task = task;
	launch->arg = arg;
	if (shim_program_find(task, &launch->program, err) < 0) {
		launch_free(launch);
		return NULL;
	}
	return launch;
}

/* ---- start -------------------------------------------------------------------------------------- */
static int run_start(struct launch *launch, bool bootstrap, struct cleat_error *err);

static void tell_started(struct launch *launch, const struct shim_address *address,
			 const struct cleat_error *err)
{
	launch->started(launch->arg, address, err);
	launch_free(launch);
}

static void describe_failure(const struct launch *launch, const struct child_result *result,
			     struct cleat_error *err)
{
	int len = (int)(result->out_len > 300 ? 300 : result->out_len);

	while (len && (result->out[len - 1] == '\n' || result->out[len - 1] == ' '))
		len--;
	if (result->timed_out)
		(void)cleat_fail(err, ETIMEDOUT, "cannot start the shim '%s': no answer in %d s",
				 launch->program.path, START_LIMIT_S);
	else if (WIFSIGNALED(result->status))
		(void)cleat_fail(err, EIO, "cannot start the shim '%s': ended by signal %d: %.*s",
				 launch->program.path, WTERMSIG(result->status), len, result->out);
	else
		(void)cleat_fail(err, EIO, "cannot start the shim '%s': %.*s (exit status %d)",
				 launch->program.path, len, result->out,
				 WEXITSTATUS(result->status));
}

static void start_ended(void *arg, const struct child_result *result)
{
	struct launch *launch = arg;
	struct shim_address address = { 0 };
	struct cleat_error err = { 0 };
	bool good =
		!result->timed_out && WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;

	if (!good && !launch->retried && launch->program.foreign &&
	    launch->program.mode == MODE_AUTO && strstr(result->out, "deprecated API")) {
		launch->retried = true;
		if (run_start(launch, true, &err) == 0)
			return;
	} else if (!good) {
		describe_failure(launch, result, &err);
	} else {
		(void)shim_address_parse(result->out, result->out_len, &address, &err);
	}
	tell_started(launch, err.errnum ? NULL : &address, &err);
	shim_address_fini(&address);
}

static int run_start(struct launch *launch, bool bootstrap, struct cleat_error *err)
{
	Containerd__Runtime__Bootstrap__V1__BootstrapParams params =
		CONTAINERD__RUNTIME__BOOTSTRAP__V1__BOOTSTRAP_PARAMS__INIT;
	struct child_spec spec = { .combined = true, .limit_ns = START_LIMIT_S * NS_PER_S };
	_cleanup_free_ uint8_t *bytes = NULL;

	params.instance_id = launch->task->row.id;
	params.namespace_ = launch->task->row.ns;
	params.containerd_ttrpc_address = (char *)(uintptr_t)launch->task->all->env.address;
	params.containerd_grpc_address = params.containerd_ttrpc_address;
	if (bootstrap) {
		spec.input_len =
			containerd__runtime__bootstrap__v1__bootstrap_params__get_packed_size(
				&params);
		bytes = malloc(spec.input_len);
		if (!bytes)
			return cleat_fail(err, ENOMEM, "cannot start a shim: %m");
		(void)containerd__runtime__bootstrap__v1__bootstrap_params__pack(&params, bytes);
		spec.input = bytes;
	}
	return run_action(launch, "start", &spec, start_ended, err);
}

int shim_start(struct task *task, shim_started done, void *arg, struct cleat_error *err)
{
	struct launch *launch = launch_new(task, arg, err);

	if (!launch)
		return -err->errnum;
	launch->started = done;
	int r = run_start(launch, launch->program.mode == MODE_BOOTSTRAP, err);

	if (r < 0)
		launch_free(launch);
	return r;
}

int shim_adopt(struct task *task, shim_started done, void *arg, struct cleat_error *err)
{
	struct child_spec spec = { .combined = true, .limit_ns = START_LIMIT_S * NS_PER_S };
	struct launch *launch = launch_new(task, arg, err);

	if (!launch)
		return -err->errnum;
	launch->started = done;
	int r = run_action(launch, "adopt", &spec, start_ended, err);

	if (r < 0)
		launch_free(launch);
	return r;
}

/* ---- delete ------------------------------------------------------------------------------------- */
static void read_deleted(const struct child_result *result, struct shim_deleted *out)
{
	Containerd__Task__V2__DeleteResponse *reply = containerd__task__v2__delete_response__unpack(
		NULL, result->out_len, (const uint8_t *)result->out);

	if (!reply)
		return;
	/* our own shim's says nothing when nobody saw the end */
	out->known = reply->exited_at && reply->exited_at->seconds > 0;
	out->pid = reply->pid;
	out->exit_status = reply->exit_status;
	if (out->known)
		out->exited_at = (uint64_t)reply->exited_at->seconds * NS_PER_S +
				 (uint32_t)reply->exited_at->nanos;
	containerd__task__v2__delete_response__free_unpacked(reply, NULL);
}

/* A foreign one fails for reasons of its own, also when there is nothing left: it is not asked again. */
static void describe_stuck(const struct launch *launch, const struct child_result *result,
			   struct shim_deleted *out)
{
	const char *why = result->timed_out ? "it took too long" : result->errors;

	const char *id = strstr(why, launch->task->row.id);
	const char *colon = id ? strstr(id, "': ") : NULL;

	if (colon) /* our own says of which container: that is known */
		why = colon + 3;
	out->failed = !launch->program.foreign;
	(void)snprintf(out->why, sizeof(out->why), "%.*s", (int)strcspn(why, "\n"), why);
	if (!out->failed)
		log_line(CLEAT_WARN, "%.12s: the shim's delete action failed: %s, going on",
			 launch->task->row.id, out->why);
}

static void delete_ended(void *arg, const struct child_result *result)
{
	struct launch *launch = arg;
	struct shim_deleted deleted = { 0 };
	bool good =
		!result->timed_out && WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;

	if (good)
		read_deleted(result, &deleted);
	else
		describe_stuck(launch, result, &deleted);
	launch->deleted(launch->arg, &deleted);
	launch_free(launch);
}

int shim_delete(struct task *task, shim_deleted_done done, void *arg, struct cleat_error *err)
{
	struct child_spec spec = { .limit_ns = DELETE_LIMIT_S * NS_PER_S };
	struct launch *launch = launch_new(task, arg, err);

	if (!launch)
		return -err->errnum;
	launch->deleted = done;
	int r = run_action(launch, "delete", &spec, delete_ended, err);

	if (r < 0)
		launch_free(launch);
	return r;
}
