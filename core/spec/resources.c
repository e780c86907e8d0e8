/* SPDX-License-Identifier: Apache-2.0 */
/* resources.c - linux.resources: limits, and which devices may be used. */
#include "draft.h"

#include "devices.h"

static void write_memory(struct draft *draft)
{
	const struct spec_options *o = draft->options;

	if (!o->memory && !o->memory_swap && !o->memory_reservation)
		return;
	json_out_key(draft->out, "memory");
	json_out_object(draft->out);
	if (o->memory)
		json_out_pair_i64(draft->out, "limit", o->memory);
	if (o->memory_swap)
		json_out_pair_i64(draft->out, "swap", o->memory_swap);
	if (o->memory_reservation)
		json_out_pair_i64(draft->out, "reservation", o->memory_reservation);
	json_out_object_end(draft->out);
}

static void write_cpu(struct draft *draft)
{
	const struct spec_options *o = draft->options;
	bool cpus = o->cpuset_cpus && *o->cpuset_cpus;
	bool mems = o->cpuset_mems && *o->cpuset_mems;

	if (!o->cpu_quota && !o->cpu_period && !o->cpu_shares && !cpus && !mems)
		return;
	json_out_key(draft->out, "cpu");
	json_out_object(draft->out);
	if (o->cpu_shares)
		json_out_pair_u64(draft->out, "shares", o->cpu_shares);
	if (o->cpu_quota)
		json_out_pair_i64(draft->out, "quota", o->cpu_quota);
	if (o->cpu_period)
		json_out_pair_u64(draft->out, "period", o->cpu_period);
	if (cpus)
		json_out_pair_text(draft->out, "cpus", o->cpuset_cpus);
	if (mems)
		json_out_pair_text(draft->out, "mems", o->cpuset_mems);
	json_out_object_end(draft->out);
}

int draft_resources(struct draft *draft, struct cleat_error *err)
{
	if (draft->rootless) /* no cgroup of one's own without privileges */
		return 0;
	json_out_key(draft->out, "resources");
	json_out_object(draft->out);
	if (devices_write_rules(draft, err) < 0)
		return -err->errnum;
	write_memory(draft);
	write_cpu(draft);
	if (draft->options->pids) {
		json_out_key(draft->out, "pids");
		json_out_object(draft->out);
		json_out_pair_i64(draft->out, "limit", draft->options->pids);
		json_out_object_end(draft->out);
	}
	json_out_object_end(draft->out);
	return 0;
}
