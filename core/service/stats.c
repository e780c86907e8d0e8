/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - a container's counters as JSON, whichever cgroup version the shim speaks of. */
#include "service/answer.h"

#include "base/json_out.h"
#include "base/text.h"
#include "rpc/pb/metrics_v1.pb-c.h"
#include "rpc/pb/metrics_v2.pb-c.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

static void write_v2(const Io__Containerd__Cgroups__V2__Metrics *m, struct json_out *o)
{
	json_out_pair_i64(o, "CgroupVersion", 2);
	if (m->cpu) {
		json_out_pair_u64(o, "CpuNs", m->cpu->usage_usec * 1000);
		json_out_pair_u64(o, "CpuThrottledNs", m->cpu->throttled_usec * 1000);
	}
	if (m->memory) {
		json_out_pair_u64(o, "MemoryUsage", m->memory->usage);
		json_out_pair_u64(o, "MemoryLimit", m->memory->usage_limit);
		json_out_pair_u64(o, "MemoryInactiveFile", m->memory->inactive_file);
	}
	if (m->pids) {
		json_out_pair_u64(o, "Pids", m->pids->current);
		json_out_pair_u64(o, "PidsLimit", m->pids->limit);
	}
}

/* "No limit" of version 1 is the largest multiple of a page. */
static uint64_t limit_v1(uint64_t bytes)
{
	return bytes > (uint64_t)INT64_MAX - 65536 ? UINT64_MAX : bytes;
}

static void write_v1(const Io__Containerd__Cgroups__V1__Metrics *m, struct json_out *o)
{
	json_out_pair_i64(o, "CgroupVersion", 1);
	if (m->cpu && m->cpu->usage)
		json_out_pair_u64(o, "CpuNs", m->cpu->usage->total);
	if (m->cpu && m->cpu->throttling)
		json_out_pair_u64(o, "CpuThrottledNs", m->cpu->throttling->throttled_time);
	if (m->memory && m->memory->usage) {
		json_out_pair_u64(o, "MemoryUsage", m->memory->usage->usage);
		json_out_pair_u64(o, "MemoryLimit", limit_v1(m->memory->usage->limit));
	}
	if (m->pids) {
		json_out_pair_u64(o, "Pids", m->pids->current);
		json_out_pair_u64(o, "PidsLimit", m->pids->limit);
	}
}

static char *to_json(const char *type_url, const void *bytes, size_t len)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return NULL;
	json_out_object(o);
	if (text_eq(type_url, "io.containerd.cgroups.v2.Metrics")) {
		Io__Containerd__Cgroups__V2__Metrics *m =
			io__containerd__cgroups__v2__metrics__unpack(NULL, len, bytes);

		if (m) {
			write_v2(m, o);
			io__containerd__cgroups__v2__metrics__free_unpacked(m, NULL);
		}
	} else {
		Io__Containerd__Cgroups__V1__Metrics *m =
			io__containerd__cgroups__v1__metrics__unpack(NULL, len, bytes);

		if (m) {
			write_v1(m, o);
			io__containerd__cgroups__v1__metrics__free_unpacked(m, NULL);
		}
	}
	json_out_object_end(o);
	return json_out_take(o);
}

static void known(void *arg, const char *type_url, const void *bytes, size_t len,
		  const struct cleat_error *err)
{
	Cleat__V1__StatsResponse reply = CLEAT__V1__STATS_RESPONSE__INIT;
	struct answer *answer = arg;
	_cleanup_free_ char *json = err->errnum ? NULL : to_json(type_url, bytes, len);

	if (err->errnum) {
		rpc_fail(answer->call, err);
	} else if (!json) {
		rpc_fail_code(answer->call, RPC_INTERNAL, "cannot read the container's counters");
	} else {
		reply.json = json;
		rpc_reply(answer->call, &reply.base);
	}
	answer_free(answer);
}

void service_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct task *task = service_find(arg, call, request->namespace_, request->id);
	struct answer *answer = task ? answer_new(arg, call, task) : NULL;
	struct cleat_error err = { 0 };

	if (answer)
		answer_started(answer, task_stats(task, known, answer, &err), &err);
}
