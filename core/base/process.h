/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - other processes, known by pid and start time, held by pidfd. */
#ifndef CORE_BASE_PROCESS_H
#define CORE_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Field 22 of /proc/PID/stat, clock ticks since boot; 0 when there is no such process or it is a zombie. */
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
