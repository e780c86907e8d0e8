/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - Stats: the runtime's counters as containerd's metrics message of the host's cgroup version. */
#include "methods.h"

#include <errno.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "rpc/pb/metrics_v1.pb-c.h"
#include "rpc/pb/metrics_v2.pb-c.h"
#include "rpc/pb/task.pb-c.h"

static void reply_with(struct rpc_call *call, const ProtobufCMessage *metrics)
{
	Containerd__Task__V2__StatsResponse answer = CONTAINERD__TASK__V2__STATS_RESPONSE__INIT;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	size_t len = protobuf_c_message_get_packed_size(metrics);
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);

	if (!bytes) {
		rpc_fail_code(call, RPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	any.type_url = method_text(metrics->descriptor->name);
	any.value.len = protobuf_c_message_pack(metrics, bytes);
	any.value.data = bytes;
	answer.stats = &any;
	rpc_reply(call, &answer.base);
}

/* Clients dereference usage once its parent is set, so every level is there. */
static void reply_v1(struct rpc_call *call, const struct cleat_stats *s)
{
	Io__Containerd__Cgroups__V1__Metrics m = IO__CONTAINERD__CGROUPS__V1__METRICS__INIT;
	Io__Containerd__Cgroups__V1__PidsStat pids = IO__CONTAINERD__CGROUPS__V1__PIDS_STAT__INIT;
	Io__Containerd__Cgroups__V1__CPUStat cpu = IO__CONTAINERD__CGROUPS__V1__CPUSTAT__INIT;
	Io__Containerd__Cgroups__V1__CPUUsage usage = IO__CONTAINERD__CGROUPS__V1__CPUUSAGE__INIT;
	Io__Containerd__Cgroups__V1__Throttle throttle =
		IO__CONTAINERD__CGROUPS__V1__THROTTLE__INIT;
	Io__Containerd__Cgroups__V1__MemoryStat memory =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_STAT__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry used =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_ENTRY__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry swap =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_ENTRY__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry kernel =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_ENTRY__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry tcp =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_ENTRY__INIT;
	Io__Containerd__Cgroups__V1__MemoryOomControl oom =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_OOM_CONTROL__INIT;

	pids.current = s->pids;
	pids.limit = s->pids_limit == UINT64_MAX ? 0 : s->pids_limit;
	usage.total = s->cpu_ns;
	usage.user = s->cpu_user_ns;
	usage.kernel = s->cpu_system_ns;
	throttle.periods = s->cpu_periods;
	throttle.throttled_periods = s->cpu_throttled_periods;
	throttle.throttled_time = s->cpu_throttled_ns;
	cpu.usage = &usage;
	cpu.throttling = &throttle;
	memory.cache = memory.total_cache = s->memory_cache_bytes;
	memory.rss = memory.total_rss = s->memory_anon_bytes;
	memory.inactive_file = memory.total_inactive_file = s->memory_inactive_file_bytes;
	memory.hierarchical_memory_limit = s->memory_limit_bytes;
	used.usage = s->memory_bytes;
	used.limit = s->memory_limit_bytes;
	used.max = s->memory_peak_bytes;
	used.failcnt = s->memory_failures;
	swap.usage = s->swap_bytes;
	swap.limit = s->swap_limit_bytes;
	memory.usage = &used;
	memory.swap = &swap;
	memory.kernel = &kernel;
	memory.kernel_tcp = &tcp;
	oom.oom_kill = s->oom_kills;
	m.pids = &pids;
	m.cpu = &cpu;
	m.memory = &memory;
	m.memory_oom_control = &oom;
	reply_with(call, &m.base);
}

static void reply_v2(struct rpc_call *call, const struct cleat_stats *s)
{
	Io__Containerd__Cgroups__V2__Metrics m = IO__CONTAINERD__CGROUPS__V2__METRICS__INIT;
	Io__Containerd__Cgroups__V2__PidsStat pids = IO__CONTAINERD__CGROUPS__V2__PIDS_STAT__INIT;
	Io__Containerd__Cgroups__V2__CPUStat cpu = IO__CONTAINERD__CGROUPS__V2__CPUSTAT__INIT;
	Io__Containerd__Cgroups__V2__MemoryStat memory =
		IO__CONTAINERD__CGROUPS__V2__MEMORY_STAT__INIT;
	Io__Containerd__Cgroups__V2__MemoryEvents events =
		IO__CONTAINERD__CGROUPS__V2__MEMORY_EVENTS__INIT;
	Io__Containerd__Cgroups__V2__IOStat io = IO__CONTAINERD__CGROUPS__V2__IOSTAT__INIT;
	Io__Containerd__Cgroups__V2__IOEntry entry = IO__CONTAINERD__CGROUPS__V2__IOENTRY__INIT;
	Io__Containerd__Cgroups__V2__IOEntry *entries[] = { &entry };

	pids.current = s->pids;
	pids.limit = s->pids_limit;
	cpu.usage_usec = s->cpu_ns / 1000;
	cpu.user_usec = s->cpu_user_ns / 1000;
	cpu.system_usec = s->cpu_system_ns / 1000;
	cpu.nr_periods = s->cpu_periods;
	cpu.nr_throttled = s->cpu_throttled_periods;
	cpu.throttled_usec = s->cpu_throttled_ns / 1000;
	memory.anon = s->memory_anon_bytes;
	memory.file = s->memory_cache_bytes;
	memory.inactive_file = s->memory_inactive_file_bytes;
	memory.usage = s->memory_bytes;
	memory.usage_limit = s->memory_limit_bytes;
	memory.max_usage = s->memory_peak_bytes;
	memory.swap_usage = s->swap_bytes;
	memory.swap_limit = s->swap_limit_bytes;
	events.oom_kill = s->oom_kills;
	entry.rbytes = s->io_read_bytes; /* all devices together: 0:0 */
	entry.wbytes = s->io_write_bytes;
	entry.rios = s->io_reads;
	entry.wios = s->io_writes;
	io.usage = entries;
	io.n_usage = 1;
	m.pids = &pids;
	m.cpu = &cpu;
	m.memory = &memory;
	m.memory_events = &events;
	m.io = &io;
	reply_with(call, &m.base);
}

void method_stats(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Containerd__Task__V2__StatsRequest *in =
		(const Containerd__Task__V2__StatsRequest *)request;
	struct task *task = task_wanted(arg, call, in->id);
	struct cleat_stats stats = { 0 };
	struct cleat_error err = { 0 };

	if (!task)
		return;
	int r = use_runtime_stats(task->box, &stats, &err);

	if (r == -ENOENT)
		rpc_fail_code(call, RPC_NOT_FOUND, "cgroup does not exist: not found");
	else if (r < 0)
		rpc_fail(call, &err);
	else if (stats.cgroup_version == 2)
		reply_v2(call, &stats);
	else
		reply_v1(call, &stats);
}
