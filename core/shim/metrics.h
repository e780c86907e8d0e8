/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - between stats.c and the two forms in which containerd wants the counters.
 *
 * The messages are encoded by hand. As generated code their descriptors, which the loader relocates, would
 * be 12 kB of private memory in each of hundreds of shims, for a call that few of them ever get.
 */
#ifndef CORE_SHIM_METRICS_H
#define CORE_SHIM_METRICS_H

#include <cleat/json.h>
#include <cleat/runtime.h>

#include "base/text.h"

/**
 * Append io.containerd.cgroups.v1.Metrics (v2) to @out. @full: what the runtime's `metrics` gave, NULL when
 * it has no such op; then only what @stats knows is there.
 */
void metrics_v1(struct text *out, const struct cleat_stats *stats, const struct json *full);
void metrics_v2(struct text *out, const struct cleat_stats *stats, const struct json *full);

/** Member @key of an object as a number; 0 when it has none. */
uint64_t metrics_number(const struct json *object, const char *key);

/* ---- the wire: metrics_wire.c ---- */
/** Field @field; 0 and "" are left out, as proto3 has it. */
void wire_u64(struct text *out, unsigned field, uint64_t value);
void wire_text(struct text *out, unsigned field, const char *value);
/** @message ends here: its bytes become field @field of @out, also when there are none. */
void wire_message(struct text *out, unsigned field, struct text *message);
/** Numbers in one field, packed. */
void wire_list(struct text *out, unsigned field, const struct json *numbers);
/** A member of each name of @names (each @room bytes, @n of them) as fields from @first on. */
void wire_members(struct text *out, unsigned first, const struct json *object, const char *names,
		  size_t room, size_t n);
/** The same for an array of arrays of char, which needs no relocation. */
#define WIRE_MEMBERS(out, first, object, words) \
	wire_members(out, first, object, (words)[0], sizeof((words)[0]), ARRAY_SIZE(words))

#endif
