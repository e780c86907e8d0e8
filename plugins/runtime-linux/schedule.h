/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.h - when and where a process gets CPU, disk and memory: process.scheduler, ioPriority,
 * execCPUAffinity and linux.memoryPolicy.
 */
#ifndef RUNTIME_LINUX_SCHEDULE_H
#define RUNTIME_LINUX_SCHEDULE_H

#include "number_list.h"

#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

/** The kernel's struct sched_attr, as of 5.3. */
struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t clamp_min, clamp_max;
};

struct schedule {
	const char *policy; /**< as written; NULL: no scheduler was given */
	struct sched_attributes attributes;
	const char *io_class; /**< as written; NULL: no ioPriority was given */
	int io_priority;      /**< as ioprio_set takes it */
	const struct number_list *initial_cpus, *final_cpus; /**< of an exec, or NULL */
};

struct memory_policy {
	const char *mode_name; /**< as written; NULL: none was given */
	int mode;              /**< MPOL_* with MPOL_F_* */
	const struct number_list *nodes;
};

/** What @own does not say is as in @base: for exec. */
void schedule_inherit(struct schedule *own, const struct schedule *base);
/** Scheduler and I/O priority, from outside, on a process that is about to become the program. */
int schedule_apply(const struct schedule *schedule, pid_t pid, struct cleat_error *err);
/** Words that the configuration may hold, for `features`; NULL after the last. */
const char *memory_policy_mode_name(size_t i);
const char *memory_policy_flag_name(size_t i);

#endif
