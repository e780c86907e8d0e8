/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - Stats: the runtime's counters as containerd's metrics message of the host's cgroup version. */
#include "methods.h"

#include <errno.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/text.h"
#include "metrics.h"
#include "rpc/pb/task.pb-c.h"

static void reply_with(struct rpc_call *call, const char *type, const struct text *metrics)
{
	Containerd__Task__V2__StatsResponse answer = CONTAINERD__TASK__V2__STATS_RESPONSE__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

	if (metrics->failed) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	any.type_url = method_text(type);
	any.value.len = metrics->len;
	any.value.data = (uint8_t *)metrics->bytes;
	answer.stats = &any;
	rpc_reply(call, &answer.base);
}

uint64_t metrics_number(const struct json *object, const char *key)
{
	uint64_t value = 0;

	return json_to_u64(json_get(object, key), &value) == 0 ? value : 0;
}

/* NULL when the runtime has nothing beyond its plain counters. */
static struct json_doc *full_metrics(struct box *box)
{
	_cleanup_free_ char *text = NULL;
	struct json_doc *doc = NULL;
	struct cleat_error ignored = { 0 };

	if (use_runtime_metrics(box, &text, &ignored) < 0 ||
	    json_parse(text, strlen(text), &doc, &ignored) < 0)
		return NULL;
	return doc;
}

void method_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__StatsRequest *in =
		(const Containerd__Task__V2__StatsRequest *)request;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_stats stats = { 0 };
	struct cleat_error err = { 0 };

	if (!task)
		return;
	int r = use_runtime_stats(task->box, &stats, &err);

	if (r == -ENOENT) {
		rpc_fail_code(call, RPC_NOT_FOUND, "cgroup does not exist: not found");
		return;
	}
	if (r < 0) {
		rpc_fail(call, &err);
		return;
	}
	_cleanup_json_ struct json_doc *doc = full_metrics(task->box);
	const struct json *full = doc ? json_root(doc) : NULL;

	_cleanup_text_ struct text metrics = { 0 };

	(stats.cgroup_version == 2 ? metrics_v2 : metrics_v1)(&metrics, &stats, full);
	reply_with(call,
		   stats.cgroup_version == 2 ? "io.containerd.cgroups.v2.Metrics"
					     : "io.containerd.cgroups.v1.Metrics",
		   &metrics);
}
