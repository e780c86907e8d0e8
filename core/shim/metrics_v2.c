/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_v2.c - io.containerd.cgroups.v2.Metrics. */
#include "metrics.h"

#include <stdlib.h>

#include <cleat/cleanup.h>

#include "methods.h"
#include "rpc/pb/metrics_v2.pb-c.h"

typedef Io__Containerd__Cgroups__V2__IOEntry io_entry;
typedef Io__Containerd__Cgroups__V2__HugeTlbStat huge_stat;

struct io_list {
	size_t n;
	io_entry *entries, **pointers;
};

static io_entry *io_of(struct io_list *list, uint64_t major, uint64_t minor)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entries[i].major == major && list->entries[i].minor == minor)
			return &list->entries[i];
	io_entry *entry = &list->entries[list->n];

	io__containerd__cgroups__v2__ioentry__init(entry);
	entry->major = major;
	entry->minor = minor;
	list->pointers[list->n++] = entry;
	return entry;
}

/* The document has a line for each device and direction, the message one for each device. */
static void io_add(struct io_list *list, const struct json *from, bool bytes)
{
	for (size_t i = 0; i < json_len(from); i++) {
		const struct json *item = json_at(from, i);
		const char *op = json_text(json_get(item, "op"));
		bool is_read = op && op[0] == 'R';
		uint64_t value = metrics_number(item, "value");
		io_entry *entry =
			io_of(list, metrics_number(item, "major"), metrics_number(item, "minor"));

		*(bytes ? (is_read ? &entry->rbytes : &entry->wbytes)
			: (is_read ? &entry->rios : &entry->wios)) = value;
	}
}

static void io_list_fill(struct io_list *list, const struct json *full)
{
	const struct json *bytes = json_path(full, "blkio.ioServiceBytesRecursive");
	const struct json *counts = json_path(full, "blkio.ioServicedRecursive");
	size_t room = json_len(bytes) + json_len(counts) + 1;

	list->entries = calloc(room, sizeof(*list->entries));
	list->pointers = calloc(room, sizeof(*list->pointers));
	if (!list->entries || !list->pointers)
		return;
	io_add(list, bytes, true);
	io_add(list, counts, false);
}

struct huge_list {
	size_t n;
	huge_stat *stats, **pointers;
};

static void huge_list_fill(struct huge_list *list, const struct json *from)
{
	size_t n = json_len(from);

	list->stats = calloc(n + 1, sizeof(*list->stats));
	list->pointers = calloc(n + 1, sizeof(*list->pointers));
	if (!list->stats || !list->pointers)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct json *item = json_at(from, i);
		huge_stat *stat = &list->stats[i];

		io__containerd__cgroups__v2__huge_tlb_stat__init(stat);
		stat->current = metrics_number(item, "usage");
		stat->max = metrics_number(item, "limit");
		stat->failcnt = metrics_number(item, "failcnt");
		stat->pagesize = method_text(json_key(from, i));
		list->pointers[i] = stat;
	}
	list->n = n;
}

static void fill_memory(Io__Containerd__Cgroups__V2__MemoryStat *memory,
			const struct cleat_stats *s, const struct json *full)
{
	const struct json *raw = json_path(full, "memory.raw");

	metrics_fill(&memory->base, raw, NULL);
	/* newer kernels tell the two kinds apart */
	if (!json_get(raw, "workingset_refault"))
		memory->workingset_refault = metrics_number(raw, "workingset_refault_anon") +
					     metrics_number(raw, "workingset_refault_file");
	if (!json_get(raw, "workingset_activate"))
		memory->workingset_activate = metrics_number(raw, "workingset_activate_anon") +
					      metrics_number(raw, "workingset_activate_file");
	memory->anon = s->memory_anon_bytes;
	memory->file = s->memory_cache_bytes;
	memory->inactive_file = s->memory_inactive_file_bytes;
	memory->usage = s->memory_bytes;
	memory->usage_limit = s->memory_limit_bytes;
	memory->max_usage = s->memory_peak_bytes;
	memory->swap_usage = s->swap_bytes;
	memory->swap_limit = s->swap_limit_bytes;
}

static void fill_cpu(Io__Containerd__Cgroups__V2__CPUStat *cpu, const struct cleat_stats *s)
{
	cpu->usage_usec = s->cpu_ns / 1000;
	cpu->user_usec = s->cpu_user_ns / 1000;
	cpu->system_usec = s->cpu_system_ns / 1000;
	cpu->nr_periods = s->cpu_periods;
	cpu->nr_throttled = s->cpu_throttled_periods;
	cpu->throttled_usec = s->cpu_throttled_ns / 1000;
}

void metrics_v2_reply(struct rpc_call *call, const struct cleat_stats *s, const struct json *full)
{
	Io__Containerd__Cgroups__V2__Metrics m = IO__CONTAINERD__CGROUPS__V2__METRICS__INIT;
	Io__Containerd__Cgroups__V2__PidsStat pids = IO__CONTAINERD__CGROUPS__V2__PIDS_STAT__INIT;
	Io__Containerd__Cgroups__V2__CPUStat cpu = IO__CONTAINERD__CGROUPS__V2__CPUSTAT__INIT;
	Io__Containerd__Cgroups__V2__MemoryStat memory =
		IO__CONTAINERD__CGROUPS__V2__MEMORY_STAT__INIT;
	Io__Containerd__Cgroups__V2__MemoryEvents events =
		IO__CONTAINERD__CGROUPS__V2__MEMORY_EVENTS__INIT;
	Io__Containerd__Cgroups__V2__RdmaStat rdma = IO__CONTAINERD__CGROUPS__V2__RDMA_STAT__INIT;
	Io__Containerd__Cgroups__V2__IOStat io = IO__CONTAINERD__CGROUPS__V2__IOSTAT__INIT;
	struct io_list devices = { 0 };
	struct huge_list huge = { 0 };

	pids.current = s->pids;
	pids.limit = s->pids_limit;
	fill_cpu(&cpu, s);
	fill_memory(&memory, s, full);
	metrics_fill(&events.base, json_path(full, "memory.oom"), NULL);
	events.oom_kill = s->oom_kills;
	io_list_fill(&devices, full);
	io.usage = devices.pointers;
	io.n_usage = devices.n;
	huge_list_fill(&huge, json_get(full, "hugetlb"));
	m.pids = &pids;
	m.cpu = &cpu;
	m.memory = &memory;
	m.memory_events = &events;
	m.rdma = &rdma;
	m.io = &io;
	m.hugetlb = huge.pointers;
	m.n_hugetlb = huge.n;
	metrics_reply(call, &m.base);
	free(devices.entries);
	free(devices.pointers);
	free(huge.stats);
	free(huge.pointers);
}
