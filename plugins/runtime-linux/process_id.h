/* SPDX-License-Identifier: Apache-2.0 */
/* process_id.h - a process by number and start time: a number alone can be somebody else by now. */
#ifndef RUNTIME_LINUX_PROCESS_ID_H
#define RUNTIME_LINUX_PROCESS_ID_H

#include <stdint.h>
#include <sys/types.h>

/** Field 22 of /proc/PID/stat and, in *@out_state, field 3; 0 when there is no such process. */
uint64_t process_id_start_time(pid_t pid, char *out_state);
/** A pidfd of @pid if it still is the one that started at @start_time;
 *  else -ESRCH, or why that is not known. */
int process_id_open(pid_t pid, uint64_t start_time);

#endif
