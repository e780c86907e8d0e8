/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reap.c - take children that have ended: ours, and orphans that came to us as subreaper.
 *
 * Only ever called from the loop or from between two steps of an RPC, never while a plugin makes a
 * process. So a process is known before its end can be seen, and a start event goes out before the
 * exit event without any lock.
 */
#include "health.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "base/fail.h"

static void take_status(struct process *process, const siginfo_t *info)
{
	struct ending *ending = &process->ending;

	ending->at_ns = clock_now(CLOCK_REALTIME);
	ending->at_boot_ns = clock_now(CLOCK_BOOTTIME);
	ending->core = info->si_code == CLD_DUMPED;
	if (info->si_code == CLD_EXITED) {
		ending->status = (uint32_t)info->si_status;
		return;
	}
	ending->signal = info->si_status;
	ending->status = 128u + (uint32_t)info->si_status;
	ending->ours = process->killed_by == ending->signal;
}

void reap_one(const struct process *process)
{
	siginfo_t info = { 0 };

	/* an adopted init is no child of ours: ECHILD */
	(void)waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG);
}

/* Somebody who waits for his end to be told; NULL: nobody does. */
static struct process *ended_process(const struct shim *shim, int32_t pid)
{
	struct process *process = process_by_pid(shim, pid);

	/* an adopted init is no child: this is a stranger that got its number */
	if (!process || process->state == PROCESS_STOPPED ||
	    (process->task->adopted && process == &process->task->init))
		return NULL;
	return process;
}

/* Only looked at: until its status is on disk the zombie keeps it, for a shim that comes after us. */
void reap_children(void *arg)
{
	struct shim *shim = arg;

	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		struct process *process = ended_process(shim, info.si_pid);

		if (!process) {
			(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
			(void)health_reaped(shim, info.si_pid, &info);
			continue;
		}
		take_status(process, &info);
		fail_point("shim-reaped");
		process_ended(process);
	}
}
