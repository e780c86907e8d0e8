/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_stats.h - between cgroup_stats.c and cgroup_metrics.c. */
#ifndef RUNTIME_LINUX_CGROUP_STATS_H
#define RUNTIME_LINUX_CGROUP_STATS_H

#include <stdint.h>

/** A file with one number; 0 when it is not there. */
uint64_t cgroup_stat_number(int dir, const char *file);

#endif
