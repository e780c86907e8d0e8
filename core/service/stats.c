/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - a container's counters as JSON; rates and percentages are the client's to compute. */
#include "service/answer.h"
#include "service/usage.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <stdlib.h>

#include <cleat/cleanup.h>

static char *to_json(const struct answer *answer, const struct usage *usage)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);

	if (!o)
		return NULL;
	json_out_object(o);
	json_out_pair_text(o, "Id", answer->id);
	json_out_pair_text(o, "Name", answer->name);
	json_out_pair_u64(o, "BootNs", clock_now(CLOCK_BOOTTIME));
	json_out_pair_i64(o, "CgroupVersion", usage->cgroup_version);
	json_out_pair_u64(o, "CpuNs", usage->cpu_ns);
	json_out_pair_u64(o, "CpuThrottledNs", usage->cpu_throttled_ns);
	json_out_pair_u64(o, "MemoryUsage", usage->memory);
	json_out_pair_u64(o, "MemoryLimit", usage->memory_limit);
	json_out_pair_u64(o, "MemoryInactiveFile", usage->memory_inactive_file);
	json_out_pair_u64(o, "Pids", usage->pids);
	json_out_pair_u64(o, "PidsLimit", usage->pids_limit);
	json_out_pair_u64(o, "OomKills", usage->oom_kills);
	json_out_pair_u64(o, "BlockRead", usage->block_read);
	json_out_pair_u64(o, "BlockWritten", usage->block_written);
	json_out_pair_bool(o, "Network", usage->network);
	json_out_pair_u64(o, "NetworkReceived", usage->received);
	json_out_pair_u64(o, "NetworkSent", usage->sent);
	json_out_object_end(o);
	return json_out_take(o);
}

static void known(void *arg, const char *type_url, const void *bytes, size_t len,
		  const struct cleat_error *err)
{
	Cleat__V1__StatsResponse reply = CLEAT__V1__STATS_RESPONSE__INIT;
	struct answer *answer = arg;
	struct usage usage;
	_cleanup_free_ char *json = NULL;

	if (!err->errnum && usage_parse(type_url, bytes, len, &usage) == 0) {
		usage_network(answer->task, &usage);
		json = to_json(answer, &usage);
	}
	if (err->errnum) {
		rpc_fail(answer->call, err);
	} else if (!json) {
		rpc_fail_code(answer->call, RPC_INTERNAL, "cannot read the container's counters");
	} else {
		reply.json = json;
		rpc_reply(answer->call, &reply.base);
	}
	answer_free_pinned(answer);
}

void service_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *message)
{
	const Cleat__V1__ContainerRequest *request = (const void *)message;
	struct answer *answer = answer_find(arg, call, request->namespace_, request->id);
	struct cleat_error err = { 0 };

	if (!answer)
		return;
	struct task *task = answer->task;
	int r = task_stats(task, known, answer, &err);

	answer_started_pinned(answer, task, r, &err);
}
