/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - Stats: the runtime's counters as containerd's metrics message of the host's cgroup version. */
#include "methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "base/text.h"
#include "metrics.h"
#include "rpc/pb/task.pb-c.h"

void metrics_reply(struct rpc_call *call, const ProtobufCMessage *metrics)
{
	Containerd__Task__V2__StatsResponse answer = CONTAINERD__TASK__V2__STATS_RESPONSE__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	size_t len = protobuf_c_message_get_packed_size(metrics);
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);

	if (!bytes) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	any.type_url = method_text(metrics->descriptor->name);
	any.value.len = protobuf_c_message_pack(metrics, bytes);
	any.value.data = bytes;
	answer.stats = &any;
	rpc_reply(call, &answer.base);
}

uint64_t metrics_number(const struct json *object, const char *key)
{
	uint64_t value = 0;

	return json_to_u64(json_get(object, key), &value) == 0 ? value : 0;
}

static const char *kernel_word(const char *field, const struct metrics_word *words)
{
	for (; words && words->field; words++)
		if (text_eq(words->field, field))
			return words->kernel;
	return field;
}

void metrics_fill(ProtobufCMessage *message, const struct json *object,
		  const struct metrics_word *words)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		uint64_t value = metrics_number(object, kernel_word(field->name, words));

		if (field->type == PROTOBUF_C_TYPE_UINT64 &&
		    field->label != PROTOBUF_C_LABEL_REPEATED)
			memcpy((char *)message + field->offset, &value, sizeof(value));
	}
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

	if (stats.cgroup_version == 2)
		metrics_v2_reply(call, &stats, full);
	else
		metrics_v1_reply(call, &stats, full);
}
