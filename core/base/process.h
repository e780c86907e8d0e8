/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - other processes, known by pid and start time, held by pidfd. */
#ifndef CORE_BASE_PROCESS_H
#define CORE_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What /proc/PID/stat tells, also of a zombie. */
struct process_stat {
	char state;
	bool exiting; /* it has begun to: its pid namespace, if it is the first of one, goes with it */
	pid_t parent;
	uint64_t start_time; /* clock ticks since boot */
	int status; /* of a zombie: as waitpid's; 0 when the kernel does not show it to us */
};
/** 0, or -ESRCH when there is no such process. */
int process_stat(pid_t pid, struct process_stat *out);
/**
 * How a process ended that is not our child: *@out_status is as waitpid's. @start_time is what it had.
 * -EAGAIN: it has not ended, or nobody has reaped it yet and the kernel shows us nothing before;
 * -ENODATA: it is gone, and this kernel (before 6.15) does not tell.
 */
int process_ending(int pidfd, pid_t pid, uint64_t start_time, int *out_status);
/** Its start time; 0 when there is no such process or it is a zombie. */
uint64_t process_start_time(pid_t pid);
/** pidfd_open, then compare the start time (0: do not). fd, -ESRCH when it is gone, a zombie or another. */
int process_open(pid_t pid, uint64_t start_time);
/** pidfd_send_signal; 0 or -errno. */
int process_signal(int pidfd, int signal);
/** Wait until @pidfd is readable, at most @timeout_ms (-1: for ever). 1 ended, 0 not yet, -errno. */
int process_wait(int pidfd, int timeout_ms);
/** Write @adjustment to this process's oom_score_adj; 0 or -errno. */
int process_oom_adjust(int adjustment);
/** This process's oom_score_adj. */
int process_oom_adjustment(pid_t pid);

#endif
