/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics_v1.c - io.containerd.cgroups.v1.Metrics.
 *
 * Clients dereference usage once its parent is set, so every level is there whatever the kernel has.
 */
#include "metrics.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "methods.h"
#include "rpc/pb/metrics_v1.pb-c.h"

enum { DEVICE_ROOM = 64 };

typedef Io__Containerd__Cgroups__V1__BlkIOEntry io_entry;
typedef Io__Containerd__Cgroups__V1__HugetlbStat huge_stat;

/* containerd spells out what the kernel abbreviates. */
static const struct metrics_word memory_words[] = {
	{ "pg_pg_in", "pgpgin" },
	{ "pg_pg_out", "pgpgout" },
	{ "pg_fault", "pgfault" },
	{ "pg_maj_fault", "pgmajfault" },
	{ "total_pg_pg_in", "total_pgpgin" },
	{ "total_pg_pg_out", "total_pgpgout" },
	{ "total_pg_fault", "total_pgfault" },
	{ "total_pg_maj_fault", "total_pgmajfault" },
	{ "hierarchical_swap_limit", "hierarchical_memsw_limit" },
	{ 0 },
};

/* ---- lists ------------------------------------------------------------------------------------- */

/* "/dev/sda" for 8:0, as far as the kernel has a name. */
static char *device_name(unsigned long long major, unsigned long long minor, char room[DEVICE_ROOM])
{
	char link[64];
	char target[PATH_MAX];

	(void)snprintf(link, sizeof(link), "/sys/dev/block/%llu:%llu", major, minor);
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	room[0] = '\0';
	if (n > 0) {
		target[n] = '\0';
		const char *slash = strrchr(target, '/');

		(void)snprintf(room, DEVICE_ROOM, "/dev/%.50s", slash ? slash + 1 : target);
	}
	return room;
}

struct io_list {
	size_t n;
	io_entry *entries, **pointers;
	char (*devices)[DEVICE_ROOM];
};

static void io_list_free(struct io_list *list)
{
	free(list->entries);
	free(list->pointers);
	free(list->devices);
}

static void io_list_fill(struct io_list *list, const struct json *from)
{
	size_t n = json_len(from);

	list->entries = calloc(n + 1, sizeof(*list->entries));
	list->pointers = calloc(n + 1, sizeof(*list->pointers));
	list->devices = calloc(n + 1, sizeof(*list->devices));
	if (!list->entries || !list->pointers || !list->devices)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct json *item = json_at(from, i);
		const char *op = json_text(json_get(item, "op"));
		io_entry *entry = &list->entries[i];

		io__containerd__cgroups__v1__blk_ioentry__init(entry);
		entry->major = metrics_number(item, "major");
		entry->minor = metrics_number(item, "minor");
		entry->value = metrics_number(item, "value");
		entry->op = method_text(op ? op : "");
		entry->device = device_name(entry->major, entry->minor, list->devices[i]);
		list->pointers[i] = entry;
	}
	list->n = n;
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
		io__containerd__cgroups__v1__hugetlb_stat__init(&list->stats[i]);
		metrics_fill(&list->stats[i].base, json_at(from, i), NULL);
		list->stats[i].pagesize = method_text(json_key(from, i));
		list->pointers[i] = &list->stats[i];
	}
	list->n = n;
}

/* ---- the message ------------------------------------------------------------------------------- */

static void fill_cpu(Io__Containerd__Cgroups__V1__CPUUsage *usage,
		     Io__Containerd__Cgroups__V1__Throttle *throttle, const struct cleat_stats *s)
{
	usage->total = s->cpu_ns;
	usage->user = s->cpu_user_ns;
	usage->kernel = s->cpu_system_ns;
	throttle->periods = s->cpu_periods;
	throttle->throttled_periods = s->cpu_throttled_periods;
	throttle->throttled_time = s->cpu_throttled_ns;
}

/* The caller frees usage->per_cpu. */
static void fill_per_cpu(Io__Containerd__Cgroups__V1__CPUUsage *usage, const struct json *full)
{
	const struct json *list = json_path(full, "cpu.usage.percpu");
	size_t n = json_len(list);

	usage->per_cpu = calloc(n + 1, sizeof(*usage->per_cpu));
	if (!usage->per_cpu)
		return;
	for (size_t i = 0; i < n; i++)
		(void)json_to_u64(json_at(list, i), &usage->per_cpu[i]);
	usage->n_per_cpu = n;
}

static void fill_memory(Io__Containerd__Cgroups__V1__MemoryStat *memory,
			const struct cleat_stats *s, const struct json *full)
{
	metrics_fill(&memory->base, json_path(full, "memory.raw"), memory_words);
	metrics_fill(&memory->usage->base, json_path(full, "memory.usage"), NULL);
	metrics_fill(&memory->swap->base, json_path(full, "memory.swap"), NULL);
	metrics_fill(&memory->kernel->base, json_path(full, "memory.kernel"), NULL);
	metrics_fill(&memory->kernel_tcp->base, json_path(full, "memory.kernelTCP"), NULL);
	if (full)
		return;
	memory->total_cache = s->memory_cache_bytes;
	memory->total_rss = s->memory_anon_bytes;
	memory->total_inactive_file = s->memory_inactive_file_bytes;
	memory->usage->usage = s->memory_bytes;
	memory->usage->limit = s->memory_limit_bytes;
	memory->usage->max = s->memory_peak_bytes;
	memory->usage->failcnt = s->memory_failures;
}

void metrics_v1_reply(struct rpc_call *call, const struct cleat_stats *s, const struct json *full)
{
	Io__Containerd__Cgroups__V1__Metrics m = IO__CONTAINERD__CGROUPS__V1__METRICS__INIT;
	Io__Containerd__Cgroups__V1__PidsStat pids = IO__CONTAINERD__CGROUPS__V1__PIDS_STAT__INIT;
	Io__Containerd__Cgroups__V1__CPUStat cpu = IO__CONTAINERD__CGROUPS__V1__CPUSTAT__INIT;
	Io__Containerd__Cgroups__V1__CPUUsage usage = IO__CONTAINERD__CGROUPS__V1__CPUUSAGE__INIT;
	Io__Containerd__Cgroups__V1__Throttle throttle =
		IO__CONTAINERD__CGROUPS__V1__THROTTLE__INIT;
	Io__Containerd__Cgroups__V1__MemoryStat memory =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_STAT__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry entries[4];
	Io__Containerd__Cgroups__V1__MemoryOomControl oom =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_OOM_CONTROL__INIT;
	Io__Containerd__Cgroups__V1__BlkIOStat blkio =
		IO__CONTAINERD__CGROUPS__V1__BLK_IOSTAT__INIT;
	struct io_list bytes = { 0 };
	struct io_list counts = { 0 };
	struct huge_list huge = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		io__containerd__cgroups__v1__memory_entry__init(&entries[i]);
	memory.usage = &entries[0];
	memory.swap = &entries[1];
	memory.kernel = &entries[2];
	memory.kernel_tcp = &entries[3];
	fill_memory(&memory, s, full);
	fill_cpu(&usage, &throttle, s);
	fill_per_cpu(&usage, full);
	cpu.usage = &usage;
	cpu.throttling = &throttle;
	pids.current = s->pids;
	pids.limit = s->pids_limit == UINT64_MAX ? 0 : s->pids_limit;
	metrics_fill(&oom.base, json_path(full, "memory.oom"), NULL);
	oom.oom_kill = s->oom_kills;
	io_list_fill(&bytes, json_path(full, "blkio.ioServiceBytesRecursive"));
	io_list_fill(&counts, json_path(full, "blkio.ioServicedRecursive"));
	blkio.io_service_bytes_recursive = bytes.pointers;
	blkio.n_io_service_bytes_recursive = bytes.n;
	blkio.io_serviced_recursive = counts.pointers;
	blkio.n_io_serviced_recursive = counts.n;
	huge_list_fill(&huge, json_get(full, "hugetlb"));
	m.hugetlb = huge.pointers;
	m.n_hugetlb = huge.n;
	m.pids = &pids;
	m.cpu = &cpu;
	m.memory = &memory;
	m.blkio = &blkio;
	m.memory_oom_control = &oom;
	metrics_reply(call, &m.base);
	free(usage.per_cpu);
	io_list_free(&bytes);
	io_list_free(&counts);
	free(huge.stats);
	free(huge.pointers);
}
