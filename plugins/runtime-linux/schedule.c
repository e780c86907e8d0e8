/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - scheduler and I/O priority, set by the parent; CPUs, by the child itself.
 *
 * The parent has the privileges, and knows the process that will execute the program: a policy may
 * forbid to fork (SCHED_DEADLINE) or vanish by it, so it comes last.
 */
#include "schedule.h"

#include "init.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WHO_PROCESS = 1, POLICY_ISO = 4 };

static const char *remedy(const struct schedule *schedule)
{
	uint32_t policy = schedule->attributes.policy;
	bool real_time = policy == SCHED_FIFO || policy == SCHED_RR;

	if (policy == POLICY_ISO)
		return "; no released kernel has it";
	if (errno == EPERM && real_time)
		return "; a cgroup v1 needs linux.resources.cpu.realtimeRuntime for it, and the "
		       "runtime CAP_SYS_NICE";
	if (errno == EPERM)
		return "; it needs CAP_SYS_NICE, and SCHED_DEADLINE all CPUs";
	return errno == EOPNOTSUPP ? "; this kernel cannot clamp utilisation" : "";
}

int schedule_apply(const struct schedule *schedule, pid_t pid, struct cleat_error *err)
{
	if (schedule->policy && syscall(SYS_sched_setattr, pid, &schedule->attributes, 0) < 0)
		return cleat_fail(err, errno, "cannot set scheduler to %s: %m%s", schedule->policy,
				  remedy(schedule));
	if (schedule->io_class &&
	    syscall(SYS_ioprio_set, WHO_PROCESS, pid, schedule->io_priority) < 0)
		return cleat_fail(err, errno, "cannot set ioPriority to %s: %m%s",
				  schedule->io_class,
				  errno == EPERM ? "; it needs CAP_SYS_ADMIN or CAP_SYS_NICE" : "");
	return 0;
}

void schedule_inherit(struct schedule *own, const struct schedule *base)
{
	if (!own->policy) {
		own->policy = base->policy;
		own->attributes = base->attributes;
	}
	if (!own->io_class) {
		own->io_class = base->io_class;
		own->io_priority = base->io_priority;
	}
	if (!own->initial_cpus && !own->final_cpus) {
		own->initial_cpus = base->initial_cpus;
		own->final_cpus = base->final_cpus;
	}
}

static int set_cpus(const struct number_list *cpus)
{
	return (int)syscall(SYS_sched_setaffinity, 0, sizeof(cpus->bits), cpus->bits);
}

/* exec: before it is in the container's cgroup, whose cpuset may not have these. */
int cpus_initial(struct init *init, struct cleat_error *err)
{
	const struct number_list *cpus = init->process->schedule.initial_cpus;

	if (cpus && set_cpus(cpus) < 0)
		return cleat_fail(err, errno, "execCPUAffinity.initial: %m");
	return 0;
}

/*
 * In the cgroup: exec's final CPUs. Else all that the cgroup allows, because a runtime that is pinned
 * must not pin what it starts (before Linux 6.2 entering a cpuset did that).
 */
int cpus_final(struct init *init, struct cleat_error *err)
{
	static const struct number_list all = { .bits = { [0 ... NUMBER_LIST_WORDS - 1] = ~0UL } };
	const struct schedule *schedule = &init->process->schedule;

	if (init->is_exec && schedule->final_cpus)
		return set_cpus(schedule->final_cpus) < 0
			       ? cleat_fail(err, errno, "execCPUAffinity.final: %m")
			       : 0;
	if (!init->is_exec || !schedule->initial_cpus)
		(void)set_cpus(&all); /* what an outer filter forbids stays as it is */
	return 0;
}
