/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - cleat inspect: docker's JSON of a container. */
#include "service/service.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/text.h"
#include "task/health.h"
#include "task/log.h"

#include <errno.h>
#include <string.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

static void pair_time(struct json_out *o, const char *key, int64_t ns)
{
	char text[CLOCK_TEXT];

	clock_rfc3339((uint64_t)ns, text);
	json_out_pair_text(o, key, text);
}

static void pair_list(struct json_out *o, const char *key, char *const *items, size_t n)
{
	json_out_key(o, key);
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_text(o, items[i]);
	json_out_array_end(o);
}

/* What cannot be cleaned up, and when that is tried again. */
static void write_gc(const struct store_container *row, struct json_out *o)
{
	json_out_key(o, "GC");
	json_out_object(o);
	pair_time(o, "Since", row->gc_since);
	json_out_pair_i64(o, "Tries", row->gc_tries);
	pair_time(o, "NextAt", row->gc_next_ns);
	json_out_pair_text(o, "Reason", row->gc_why);
	json_out_object_end(o);
}

static void write_health(const struct task *task, struct json_out *o)
{
	_cleanup_free_ char *text = health_json(task);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };

	if (!text || json_parse(text, strlen(text), &doc, &ignored) < 0)
		return;
	json_out_key(o, "Health");
	json_out_value(o, json_root(doc));
}

static void write_check(const container_config *config, struct json_out *o)
{
	const Cleat__V1__Health *health = config->health;

	if (!health)
		return;
	json_out_key(o, "Healthcheck");
	json_out_object(o);
	json_out_key(o, "Test");
	json_out_array(o);
	for (size_t i = 0; i < health->n_test; i++)
		json_out_text(o, health->test[i]);
	json_out_array_end(o);
	json_out_pair_i64(o, "Interval", health->interval_ns);
	json_out_pair_i64(o, "Timeout", health->timeout_ns);
	json_out_pair_i64(o, "StartPeriod", health->start_period_ns);
	json_out_pair_i64(o, "StartInterval", health->start_interval_ns);
	json_out_pair_u64(o, "Retries", health->retries);
	json_out_pair_text(o, "OnUnhealthy", config->on_unhealthy);
	json_out_object_end(o);
}

static void write_state(const struct task *task, struct json_out *o)
{
	const struct store_container *row = &task->row;

	json_out_key(o, "State");
	json_out_object(o);
	json_out_pair_text(o, "Status", task_phase_name((int)row->phase));
	json_out_pair_bool(o, "Running", task_phase_is_active((int)row->phase));
	json_out_pair_bool(o, "Paused", row->phase == TASK_PAUSED);
	json_out_pair_bool(o, "Restarting", row->phase == TASK_RESTARTING);
	json_out_pair_bool(o, "OOMKilled", row->exit_oom != 0);
	json_out_pair_i64(o, "OOMKillCount", row->oom_kills);
	json_out_pair_bool(o, "Dead", row->phase == TASK_DEAD);
	json_out_pair_i64(o, "Pid", row->pid);
	json_out_pair_i64(o, "ExitCode", row->exit_code);
	json_out_pair_i64(o, "ExitSignal", row->exit_signal);
	json_out_pair_text(o, "Error", row->error);
	pair_time(o, "StartedAt", row->started_at);
	pair_time(o, "FinishedAt", row->finished_at);
	json_out_key(o, "Restart");
	json_out_object(o);
	json_out_pair_i64(o, "Level", row->failures);
	json_out_pair_i64(o, "FailureStreak", row->streak);
	json_out_pair_i64(o, "Attempt", row->attempt);
	pair_time(o, "NextAt", row->next_wall_ns);
	json_out_pair_text(o, "Reason", row->reason);
	json_out_pair_text(o, "LastCause", restart_cause_name((int)row->cause));
	json_out_pair_i64(o, "StartErrors", row->start_errors);
	json_out_pair_i64(o, "Generation", row->generation);
	json_out_pair_bool(o, "Waiting", task->ticket.waiting);
	json_out_object_end(o);
	write_gc(row, o);
	write_health(task, o);
	json_out_object_end(o);
}

static void write_limits(const Cleat__V1__Limits *l, struct json_out *o)
{
	static const Cleat__V1__Limits none = CLEAT__V1__LIMITS__INIT;

	if (!l)
		l = &none;
	json_out_pair_i64(o, "Memory", l->memory);
	json_out_pair_i64(o, "MemorySwap", l->memory_swap);
	json_out_pair_i64(o, "MemoryReservation", l->memory_reservation);
	json_out_pair_i64(o, "NanoCpus", l->nano_cpus);
	json_out_pair_u64(o, "CpuShares", l->cpu_shares);
	json_out_pair_u64(o, "CpuPeriod", l->cpu_period);
	json_out_pair_i64(o, "CpuQuota", l->cpu_quota);
	json_out_pair_text(o, "CpusetCpus", l->cpuset_cpus);
	json_out_pair_text(o, "CpusetMems", l->cpuset_mems);
	json_out_pair_i64(o, "PidsLimit", l->pids);
}

static void write_policy(const struct task *task, struct json_out *o)
{
	const char *policy = task->row.policy;
	const char *colon = strchr(policy, ':');
	_cleanup_free_ char *name =
		colon ? strndup(policy, (size_t)(colon - policy)) : strdup(policy);
	uint64_t count = 0;

	if (colon)
		(void)text_to_u64(colon + 1, &count); /* checked at create */
	json_out_key(o, "RestartPolicy");
	json_out_object(o);
	json_out_pair_text(o, "Name", name);
	json_out_pair_u64(o, "MaximumRetryCount", count);
	json_out_key(o, "Options");
	json_out_object(o);
	for (size_t i = 0; i < task->config->n_restart_options; i++)
		json_out_pair_text(o, task->config->restart_options[i]->key,
				   task->config->restart_options[i]->value);
	json_out_object_end(o);
	json_out_object_end(o);
}

static void write_ulimits(const container_config *c, struct json_out *o)
{
	json_out_key(o, "Ulimits");
	json_out_array(o);
	for (size_t i = 0; i < c->n_ulimits; i++) {
		json_out_object(o);
		json_out_pair_text(o, "Name", c->ulimits[i]->name);
		json_out_pair_u64(o, "Soft", c->ulimits[i]->soft);
		json_out_pair_u64(o, "Hard", c->ulimits[i]->hard);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void write_devices(const container_config *c, struct json_out *o)
{
	json_out_key(o, "Devices");
	json_out_array(o);
	for (size_t i = 0; i < c->n_devices; i++) {
		json_out_object(o);
		json_out_pair_text(o, "PathOnHost", c->devices[i]->host);
		json_out_pair_text(o, "PathInContainer", c->devices[i]->container);
		json_out_pair_text(o, "CgroupPermissions", c->devices[i]->access);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void write_log_config(const struct task *task, struct json_out *o)
{
	const container_config *c = task->config;

	json_out_key(o, "LogConfig");
	json_out_object(o);
	json_out_pair_text(o, "Type", log_driver(task));
	json_out_key(o, "Config");
	json_out_object(o);
	for (size_t i = 0; i < c->n_log_options; i++)
		json_out_pair_text(o, c->log_options[i]->key, c->log_options[i]->value);
	json_out_object_end(o);
	json_out_object_end(o);
}

/* podman's member and its form of a row. */
static void write_mapping(struct json_out *o, const char *key, int64_t id, int64_t size)
{
	_cleanup_free_ char *row =
		size ? text_format("0:%lld:%lld", (long long)id, (long long)size) : NULL;
	const char *const rows[] = { row, NULL };

	json_out_pair_texts(o, key, rows);
}

static void write_mappings(const struct task *task, struct json_out *o)
{
	const struct store_container *row = &task->row;

	json_out_key(o, "IDMappings");
	json_out_object(o);
	write_mapping(o, "UidMap", row->userns_uid, row->userns_size);
	write_mapping(o, "GidMap", row->userns_gid, row->userns_size);
	json_out_object_end(o);
}

static void write_host_config(const struct task *task, struct json_out *o)
{
	const container_config *c = task->config;

	json_out_key(o, "HostConfig");
	json_out_object(o);
	json_out_pair_text(o, "NetworkMode", *c->network ? c->network : "none");
	json_out_pair_text(o, "PidMode", c->pid_mode);
	json_out_pair_text(o, "IpcMode", *c->ipc_mode ? c->ipc_mode : "private");
	json_out_pair_text(o, "UTSMode", c->uts_mode);
	json_out_pair_text(o, "UsernsMode", c->userns);
	write_mappings(task, o);
	json_out_pair_text(o, "CgroupParent", c->cgroup_parent);
	pair_list(o, "After", c->after, c->n_after);
	pair_list(o, "Requires", c->requires, c->n_requires);
	write_policy(task, o);
	write_log_config(task, o);
	json_out_pair_bool(o, "AutoRemove", c->auto_remove);
	json_out_pair_bool(o, "Privileged", c->privileged);
	json_out_pair_bool(o, "ReadonlyRootfs", c->read_only);
	json_out_pair_bool(o, "Init", c->init);
	pair_list(o, "CapAdd", c->cap_add, c->n_cap_add);
	pair_list(o, "CapDrop", c->cap_drop, c->n_cap_drop);
	pair_list(o, "GroupAdd", c->groups, c->n_groups);
	pair_list(o, "SecurityOpt", c->security_opt, c->n_security_opt);
	json_out_pair_i64(o, "OomScoreAdj", c->oom_score_adj);
	json_out_pair_i64(o, "ShmSize", c->shm_size ? c->shm_size : 64 << 20);
	json_out_pair_text(o, "Runtime", task->row.runtime);
	write_limits(c->limits, o);
	write_ulimits(c, o);
	write_devices(c, o);
	json_out_object_end(o);
}

static void write_labels(const container_config *c, struct json_out *o)
{
	json_out_key(o, "Labels");
	json_out_object(o);
	for (size_t i = 0; i < c->n_labels; i++)
		json_out_pair_text(o, c->labels[i]->key, c->labels[i]->value);
	json_out_object_end(o);
}

static void write_config(const struct task *task, struct json_out *o)
{
	const container_config *c = task->config;

	json_out_key(o, "Config");
	json_out_object(o);
	json_out_pair_text(o, "Hostname", c->hostname);
	json_out_pair_text(o, "User", c->user);
	json_out_pair_bool(o, "Tty", c->terminal);
	json_out_pair_bool(o, "OpenStdin", c->open_stdin);
	pair_list(o, "Env", c->env, c->n_env);
	/* args holds both since create: what came from the entrypoint is at its beginning */
	pair_list(o, "Entrypoint", c->entrypoint, c->n_entrypoint);
	pair_list(o, "Cmd", c->args + (c->n_args < c->n_entrypoint ? 0 : c->n_entrypoint),
		  c->n_args < c->n_entrypoint ? 0 : c->n_args - c->n_entrypoint);
	json_out_pair_text(o, "Image", *task->row.image ? task->row.image : c->rootfs);
	json_out_pair_text(o, "WorkingDir", c->workdir);
	write_labels(c, o);
	write_check(task->config, o);
	json_out_pair_text(o, "StopSignal", text_signal_name(task_stop_signal(task)));
	json_out_pair_i64(o, "StopTimeout", task_stop_timeout(task));
	json_out_object_end(o);
}

static void write_mounts(const container_config *c, struct json_out *o)
{
	json_out_key(o, "Mounts");
	json_out_array(o);
	for (size_t i = 0; i < c->n_mounts; i++) {
		const Cleat__V1__Mount *mount = c->mounts[i];
		bool read_only = false;

		for (size_t k = 0; k < mount->n_options; k++)
			read_only = read_only || text_eq(mount->options[k], "ro");
		json_out_object(o);
		json_out_pair_text(o, "Type", mount->type);
		json_out_pair_text(o, "Source", mount->source);
		json_out_pair_text(o, "Destination", mount->target);
		pair_list(o, "Options", mount->options, mount->n_options);
		json_out_pair_bool(o, "RW", !read_only);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void write_container(const struct task *task, struct json_out *o)
{
	const struct store_container *row = &task->row;
	const container_config *c = task->config;
	_cleanup_free_ char *name = text_format("/%s", row->name);
	_cleanup_free_ char *log = log_path(task);
	const char *journal = log_journal_socket(task);

	json_out_object(o);
	json_out_pair_text(o, "Id", row->id);
	pair_time(o, "Created", row->created_at);
	json_out_pair_text(o, "Path", c->n_args ? c->args[0] : "");
	pair_list(o, "Args", c->args + (c->n_args ? 1 : 0), c->n_args ? c->n_args - 1 : 0);
	write_state(task, o);
	json_out_pair_text(o, "Image", row->image_id);
	json_out_pair_text(o, "ImageDigest", row->image_digest);
	json_out_pair_text(o, "Name", name);
	json_out_pair_text(o, "Namespace", row->ns);
	json_out_pair_i64(o, "RestartCount", row->restart_count);
	json_out_pair_text(o, "Runtime", row->runtime);
	json_out_pair_text(o, "Snapshotter", row->snapshotter);
	json_out_pair_i64(o, "Snapshot", row->snapshot);
	json_out_pair_text(o, "Io", row->io);
	json_out_pair_text(o, "Bundle", task->bundle);
	json_out_pair_text(o, "LogPath", log);
	json_out_pair_text(o, "AppArmorProfile", c->apparmor_profile);
	json_out_pair_text(o, "ProcessLabel", c->selinux_label);
	json_out_pair_text(o, "LogDriver", log_driver(task));
	json_out_pair_text(o, "LogJournal", journal ? journal : "");
	json_out_pair_u64(o, "LogDroppedLines", log_dropped(task));
	json_out_pair_u64(o, "LogBytesDiscarded", log_discarded(task));
	write_host_config(task, o);
	write_mounts(c, o);
	write_config(task, o);
	json_out_object_end(o);
}

void service_inspect(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	Cleat__V1__InspectResponse reply = CLEAT__V1__INSPECT_RESPONSE__INIT;
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	_cleanup_json_out_ struct json_out *o = task ? json_out_new(true) : NULL;

	if (!task)
		return;
	if (o)
		write_container(task, o);
	_cleanup_free_ char *json = o ? json_out_take(o) : NULL;

	if (!json) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	reply.json = json;
	rpc_reply(call, &reply.base);
}
