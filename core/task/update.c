/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update.c - new limits for a container, also while it runs, and a new restart policy.
 *
 * All of it or nothing: recorded first, then applied; what cannot be recorded is not applied, and what
 * the kernel refuses is taken back.
 */
#include "task/events.h"
#include "task/task.h"

#include "base/fail.h"
#include "base/json_out.h"
#include "base/text.h"
#include "rpc/pb/task.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

struct update {
	struct task *task;
	Cleat__V1__UpdateRequest *request; /* a copy */
	Cleat__V1__Limits *limits;         /* of it, or NULL */
	const char *policy;                /* NULL: it stays */
	struct store_container before;     /* of its texts only those that change */
	task_done done;
	void *arg;
};

static void update_free(void *data)
{
	struct update *update = data;

	if (update->request)
		cleat__v1__update_request__free_unpacked(update->request, NULL);
	free(update->before.config);
	free(update->before.policy);
	free(update->before.reason);
	free(update);
}

static struct update *update_of(struct job *job)
{
	return job_data(job);
}

/* Members that are set in @from replace those of @to. */
static int merge(Cleat__V1__Limits *to, const Cleat__V1__Limits *from)
{
	if (from->memory)
		to->memory = from->memory;
	if (from->memory_swap)
		to->memory_swap = from->memory_swap;
	if (from->memory_reservation)
		to->memory_reservation = from->memory_reservation;
	if (from->nano_cpus)
		to->nano_cpus = from->nano_cpus;
	if (from->cpu_shares)
		to->cpu_shares = from->cpu_shares;
	if (from->cpu_quota)
		to->cpu_quota = from->cpu_quota;
	if (from->cpu_period)
		to->cpu_period = from->cpu_period;
	if (from->pids)
		to->pids = from->pids;
	if (*from->cpuset_cpus && !(to->cpuset_cpus = strdup(from->cpuset_cpus)))
		return -ENOMEM;
	if (*from->cpuset_mems && !(to->cpuset_mems = strdup(from->cpuset_mems)))
		return -ENOMEM;
	return 0;
}

/* The specification's linux.resources with what was asked for and nothing else. */
static char *resources(const Cleat__V1__Limits *l)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	int64_t quota = l->nano_cpus ? l->nano_cpus / 10000 : l->cpu_quota;
	uint64_t period = l->nano_cpus ? 100000 : l->cpu_period;

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_key(o, "memory");
	json_out_object(o);
	if (l->memory)
		json_out_pair_i64(o, "limit", l->memory);
	if (l->memory_swap)
		json_out_pair_i64(o, "swap", l->memory_swap);
	if (l->memory_reservation)
		json_out_pair_i64(o, "reservation", l->memory_reservation);
	json_out_object_end(o);
	json_out_key(o, "cpu");
	json_out_object(o);
	if (l->cpu_shares)
		json_out_pair_u64(o, "shares", l->cpu_shares);
	if (quota)
		json_out_pair_i64(o, "quota", quota);
	if (period)
		json_out_pair_u64(o, "period", period);
	if (*l->cpuset_cpus)
		json_out_pair_text(o, "cpus", l->cpuset_cpus);
	if (*l->cpuset_mems)
		json_out_pair_text(o, "mems", l->cpuset_mems);
	json_out_object_end(o);
	if (l->pids) {
		json_out_key(o, "pids");
		json_out_object(o);
		json_out_pair_i64(o, "limit", l->pids);
		json_out_object_end(o);
	}
	json_out_object_end(o);
	return json_out_take(o);
}

/* The end is on its way here, and its next life has the new limits from the beginning. runc's words too. */
static bool has_just_ended(const struct cleat_error *err)
{
	return strstr(err->text, "cannot update a stopped container") ||
	       strstr(err->text, "container not running");
}

static void applied(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	job_resume(arg, !reply && has_just_ended(err) ? NULL : err);
}

static int apply(struct job *job, struct cleat_error *err)
{
	Containerd__Task__V2__UpdateTaskRequest request =
		CONTAINERD__TASK__V2__UPDATE_TASK_REQUEST__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	struct update *update = update_of(job);
	struct task *task = update->task;

	if (!update->limits || !task->shim ||
	    (task->row.phase != TASK_RUNNING && task->row.phase != TASK_PAUSED))
		return JOB_DONE;
	_cleanup_free_ char *json = resources(update->limits);

	if (!json)
		return cleat_fail(err, ENOMEM, "cannot update: out of memory");
	any.type_url =
		(char *)(uintptr_t) "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
	any.value.data = (uint8_t *)json;
	any.value.len = strlen(json);
	request.id = task->row.id;
	request.resources = &any;
	int r = shim_call(task->shim, "Update", &request.base, &google__protobuf__empty__descriptor,
			  applied, job, err);

	return r < 0 ? r : JOB_WAIT;
}

static int repack(struct task *task)
{
	size_t len = cleat__v1__container_config__get_packed_size(task->config);
	uint8_t *packed = malloc(len ? len : 1);

	if (!packed)
		return -ENOMEM;
	(void)cleat__v1__container_config__pack(task->config, packed);
	free(task->row.config);
	task->row.config = packed;
	task->row.config_len = len;
	return 0;
}

static int change_config(struct update *update)
{
	container_config *config = update->task->config;
	size_t len = 0;
	uint8_t *bytes = NULL;
	Cleat__V1__Limits empty = CLEAT__V1__LIMITS__INIT;

	if (!update->limits)
		return 0;
	/* Through a packed copy, so that every string has one owner. */
	Cleat__V1__Limits merged = config->limits ? *config->limits : empty;
	Cleat__V1__Limits copy = merged;

	if (merge(&copy, update->limits) < 0)
		return -ENOMEM;
	len = cleat__v1__limits__get_packed_size(&copy);
	bytes = malloc(len ? len : 1);
	if (bytes)
		(void)cleat__v1__limits__pack(&copy, bytes);
	if (copy.cpuset_cpus != merged.cpuset_cpus)
		free(copy.cpuset_cpus);
	if (copy.cpuset_mems != merged.cpuset_mems)
		free(copy.cpuset_mems);
	Cleat__V1__Limits *fresh = bytes ? cleat__v1__limits__unpack(NULL, len, bytes) : NULL;

	free(bytes);
	if (!fresh)
		return -ENOMEM;
	if (config->limits)
		cleat__v1__limits__free_unpacked(config->limits, NULL);
	config->limits = fresh;
	return 0;
}

/* A new policy takes effect at the next exit, and at once for a restart that is pending (2.9.4). */
static int change_policy(struct update *update)
{
	struct task *task = update->task;

	if (restart_merge_options(task->config, update->request->restart_options,
				  update->request->n_restart_options) < 0)
		return -ENOMEM;
	if (!update->policy && !update->request->n_restart_options)
		return 0;
	if (update->policy && (task_set_text(&task->row.policy, update->policy) < 0 ||
			       task_set_message_text(&task->config->restart, update->policy) < 0))
		return -ENOMEM;
	restart_policy_changed(task);
	task->row.budget_base = task->row.restart_count; /* the new policy has all of its budget */
	task->row.streak = 0;
	restart_decide_again(task);
	task->row.failures = 0;
	return 0;
}

static int keep(struct update *update)
{
	const struct store_container *row = &update->task->row;

	update->before = *row;
	update->before.config = malloc(row->config_len ? row->config_len : 1);
	update->before.policy = strdup(row->policy);
	update->before.reason = strdup(row->reason);
	if (!update->before.config || !update->before.policy || !update->before.reason)
		return -ENOMEM;
	memcpy(update->before.config, row->config, row->config_len);
	return 0;
}

static void swap(char **a, char **b)
{
	char *kept = *a;

	*a = *b;
	*b = kept;
}

static void take_back(struct update *update)
{
	struct task *task = update->task;
	struct store_container *row = &task->row;
	struct store_container *before = &update->before;
	container_config *config =
		cleat__v1__container_config__unpack(NULL, before->config_len, before->config);

	swap(&row->policy, &before->policy);
	swap(&row->reason, &before->reason);
	void *packed = row->config;

	row->config = before->config;
	row->config_len = before->config_len;
	before->config = packed;
	row->phase = before->phase;
	row->budget_base = before->budget_base;
	row->streak = before->streak;
	row->failures = before->failures;
	row->next_boot_ns = before->next_boot_ns;
	row->next_wall_ns = before->next_wall_ns;
	row->restart_boot = before->restart_boot;
	if (config) {
		cleat__v1__container_config__free_unpacked(task->config, NULL);
		task->config = config;
	}
	restart_policy_changed(task);
	restart_arm(task);
}

static int record(struct job *job, struct cleat_error *err)
{
	struct update *update = update_of(job);
	struct task *task = update->task;

	if (task->gone)
		return cleat_fail(err, ENOENT, "No such container: %s", task_label(task));
	if (keep(update) < 0)
		return cleat_fail(err, ENOMEM, "cannot update: out of memory");
	int r = change_config(update) < 0 || change_policy(update) < 0 || repack(task) < 0
			? cleat_fail(err, ENOMEM, "cannot update: out of memory")
			: task_save(task, err);

	fail_point("update-saved");
	if (r < 0)
		take_back(update);
	return r;
}

static int unrecord(struct job *job, struct cleat_error *err)
{
	struct update *update = update_of(job);

	take_back(update);
	return task_save(update->task, err);
}

static const struct job_step steps[] = {
	{ "record what is new", record, unrecord },
	{ "apply the limits", apply, NULL },
};
static const struct job_kind kind = { "update", steps, ARRAY_SIZE(steps) };

static void ended(void *arg, struct job *job, const struct cleat_error *err)
{
	struct update *update = arg;

	(void)job;
	if (!err->errnum) {
		task_event(update->task, "update", NULL);
		restart_arm(update->task);
		task_wake(update->task, false);
	}
	update->done(update->arg, err);
}

static Cleat__V1__UpdateRequest *copy(const Cleat__V1__UpdateRequest *request)
{
	size_t len = cleat__v1__update_request__get_packed_size(request);
	_cleanup_free_ uint8_t *bytes = malloc(len ? len : 1);

	if (!bytes)
		return NULL;
	(void)cleat__v1__update_request__pack(request, bytes);
	return cleat__v1__update_request__unpack(NULL, len, bytes);
}

int task_update(struct task *task, const Cleat__V1__UpdateRequest *request, task_done done,
		void *arg, struct cleat_error *err)
{
	struct update *update = calloc(1, sizeof(*update));

	if (!update || !(update->request = copy(request))) {
		free(update);
		return cleat_fail(err, ENOMEM, "cannot update: out of memory");
	}
	update->task = task;
	update->done = done;
	update->arg = arg;
	update->limits = update->request->limits;
	if (*update->request->restart)
		update->policy = restart_policy_settled(update->request->restart);
	int r = job_add(&task->jobs, &kind, update, update_free, ended, update, err);

	if (r < 0)
		update_free(update);
	return r;
}
