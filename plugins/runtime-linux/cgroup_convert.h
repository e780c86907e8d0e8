/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_convert.h - the specification counts as cgroup v1 does; v2 counts otherwise. */
#ifndef RUNTIME_LINUX_CGROUP_CONVERT_H
#define RUNTIME_LINUX_CGROUP_CONVERT_H

#include <stdint.h>

#include <cleat/error.h>

/** cpu.shares (2..262144, default 1024) as cpu.weight (1..10000, default 100); 0 stays 0. */
uint64_t cgroup_weight_of_shares(uint64_t shares);
/** blkio weight (10..1000) as io.weight (1..10000). */
uint64_t cgroup_io_weight(uint64_t blkio_weight);
/**
 * memory.swap.max for the specification's @swap, which is memory plus swap. -1 is "max"; 0 for
 * @limit is "none given". EINVAL: less than the limit, or no limit to subtract.
 */
int cgroup_swap_of_total(int64_t limit, int64_t swap, int64_t *out, struct cleat_error *err);

#endif
