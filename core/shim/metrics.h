/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - between stats.c and the two forms in which containerd wants the counters. */
#ifndef CORE_SHIM_METRICS_H
#define CORE_SHIM_METRICS_H

#include <protobuf-c/protobuf-c.h>

#include <cleat/json.h>
#include <cleat/runtime.h>

struct rpc_call;

/**
 * Answer @call with io.containerd.cgroups.v1.Metrics (v2). @full: what the runtime's `metrics` gave, NULL
 * when it has no such op; then only what @stats knows is filled in.
 */
void metrics_v1_reply(struct rpc_call *call, const struct cleat_stats *stats,
		      const struct json *full);
void metrics_v2_reply(struct rpc_call *call, const struct cleat_stats *stats,
		      const struct json *full);

/** Answer @call with StatsResponse that holds @metrics. */
void metrics_reply(struct rpc_call *call, const ProtobufCMessage *metrics);
/** Member @key of an object as a number; 0 when it has none. */
uint64_t metrics_number(const struct json *object, const char *key);

/** A message's field and the kernel's word for it where they differ. */
struct metrics_word {
	const char *field, *kernel;
};
/** Fill each uint64 of @message from the member of @object of its name, or by @words (ended by NULL). */
void metrics_fill(ProtobufCMessage *message, const struct json *object,
		  const struct metrics_word *words);

#endif
