/* SPDX-License-Identifier: Apache-2.0 */
/* usage.h - what a container uses, in numbers, whoever told them: either cgroup version, any shim. */
#ifndef CORE_SERVICE_USAGE_H
#define CORE_SERVICE_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

/** UINT64_MAX is "no limit"; what is not known is 0. */
struct usage {
	int cgroup_version;
	uint64_t cpu_ns, cpu_throttled_ns;
	uint64_t memory, memory_limit, memory_inactive_file;
	uint64_t pids, pids_limit, oom_kills;
	uint64_t block_read, block_written;
	bool network; /* it has a network of its own, and these are its bytes without lo's */
	uint64_t received, sent;
};

/** What a shim's Stats call brought (task_stats). -EPROTO: it cannot be read. */
int usage_parse(const char *type_url, const void *bytes, size_t len, struct usage *out);
/** The network's part, from /proc. */
void usage_network(const struct task *task, struct usage *out);

#endif
