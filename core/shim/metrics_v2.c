/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_v2.c - io.containerd.cgroups.v2.Metrics. */
#include "metrics.h"

#include <stdlib.h>

#include <cleat/cleanup.h>

enum { PIDS = 1, CPU, MEMORY = 4, RDMA, IO, HUGETLB, MEMORY_EVENTS };
enum { MEMORY_REFAULT = 20, MEMORY_ACTIVATE = 21, MEMORY_USAGE = 32 };

/* Fields 1 to 31 of MemoryStat, in the kernel's words. */
static const char memory_words[][24] = {
	"anon",
	"file",
	"kernel_stack",
	"slab",
	"sock",
	"shmem",
	"file_mapped",
	"file_dirty",
	"file_writeback",
	"anon_thp",
	"inactive_anon",
	"active_anon",
	"inactive_file",
	"active_file",
	"unevictable",
	"slab_reclaimable",
	"slab_unreclaimable",
	"pgfault",
	"pgmajfault",
	"workingset_refault",
	"workingset_activate",
	"workingset_nodereclaim",
	"pgrefill",
	"pgscan",
	"pgsteal",
	"pgactivate",
	"pgdeactivate",
	"pglazyfree",
	"pglazyfreed",
	"thp_fault_alloc",
	"thp_collapse_alloc",
};
static const char event_words[][16] = { "low", "high", "max", "oom", "oom_kill", "oom_group_kill" };

struct device {
	uint64_t major, minor, rbytes, wbytes, rios, wios;
};

static struct device *device_of(struct device *list, size_t *n, const struct json *item)
{
	uint64_t major = metrics_number(item, "major");
	uint64_t minor = metrics_number(item, "minor");

	for (size_t i = 0; i < *n; i++)
		if (list[i].major == major && list[i].minor == minor)
			return &list[i];
	list[*n] = (struct device){ .major = major, .minor = minor };
	return &list[(*n)++];
}

/* The document has a line for each device and direction, the message one for each device. */
static void add(struct device *list, size_t *n, const struct json *from, bool bytes)
{
	for (size_t i = 0; i < json_len(from); i++) {
		const struct json *item = json_at(from, i);
		const char *op = json_text(json_get(item, "op"));
		struct device *device = device_of(list, n, item);
		bool is_read = op && op[0] == 'R';

		*(bytes ? (is_read ? &device->rbytes : &device->wbytes)
			: (is_read ? &device->rios : &device->wios)) =
			metrics_number(item, "value");
	}
}

static void wire_io(struct text *out, const struct json *full)
{
	const struct json *bytes = json_path(full, "blkio.ioServiceBytesRecursive");
	const struct json *counts = json_path(full, "blkio.ioServicedRecursive");
	_cleanup_free_ struct device *list =
		calloc(json_len(bytes) + json_len(counts) + 1, sizeof(*list));
	struct text io = { 0 };
	size_t n = 0;

	if (list) {
		add(list, &n, bytes, true);
		add(list, &n, counts, false);
	}
	for (size_t i = 0; i < n; i++) {
		struct text entry = { 0 };

		wire_u64(&entry, 1, list[i].major);
		wire_u64(&entry, 2, list[i].minor);
		wire_u64(&entry, 3, list[i].rbytes);
		wire_u64(&entry, 4, list[i].wbytes);
		wire_u64(&entry, 5, list[i].rios);
		wire_u64(&entry, 6, list[i].wios);
		wire_message(&io, 1, &entry);
	}
	wire_message(out, IO, &io);
}

static void wire_hugetlb(struct text *out, const struct json *sizes)
{
	for (size_t i = 0; i < json_len(sizes); i++) {
		const struct json *size = json_at(sizes, i);
		struct text stat = { 0 };

		wire_u64(&stat, 1, metrics_number(size, "usage"));
		wire_u64(&stat, 2, metrics_number(size, "limit"));
		wire_text(&stat, 3, json_key(sizes, i));
		wire_u64(&stat, 4, metrics_number(size, "failcnt"));
		wire_message(out, HUGETLB, &stat);
	}
}

/* Newer kernels tell the two kinds apart. */
static void wire_both(struct text *out, unsigned field, const struct json *raw, const char *anon,
		      const char *file)
{
	if (!json_get(raw, memory_words[field - 1]))
		wire_u64(out, field, metrics_number(raw, anon) + metrics_number(raw, file));
}

static void wire_memory(struct text *out, const struct cleat_stats *s, const struct json *full)
{
	const struct json *raw = json_path(full, "memory.raw");
	struct text stat = { 0 };

	WIRE_MEMBERS(&stat, 1, raw, memory_words);
	wire_both(&stat, MEMORY_REFAULT, raw, "workingset_refault_anon", "workingset_refault_file");
	wire_both(&stat, MEMORY_ACTIVATE, raw, "workingset_activate_anon",
		  "workingset_activate_file");
	wire_u64(&stat, MEMORY_USAGE, s->memory_bytes);
	wire_u64(&stat, MEMORY_USAGE + 1, s->memory_limit_bytes);
	wire_u64(&stat, MEMORY_USAGE + 2, s->swap_bytes);
	wire_u64(&stat, MEMORY_USAGE + 3, s->swap_limit_bytes);
	wire_u64(&stat, MEMORY_USAGE + 4, s->memory_peak_bytes);
	wire_message(out, MEMORY, &stat);
}

static void wire_cpu(struct text *out, const struct cleat_stats *s)
{
	struct text cpu = { 0 };

	wire_u64(&cpu, 1, s->cpu_ns / 1000);
	wire_u64(&cpu, 2, s->cpu_user_ns / 1000);
	wire_u64(&cpu, 3, s->cpu_system_ns / 1000);
	wire_u64(&cpu, 4, s->cpu_periods);
	wire_u64(&cpu, 5, s->cpu_throttled_periods);
	wire_u64(&cpu, 6, s->cpu_throttled_ns / 1000);
	wire_message(out, CPU, &cpu);
}

void metrics_v2(struct text *out, const struct cleat_stats *s, const struct json *full)
{
	struct text part = { 0 };

	wire_u64(&part, 1, s->pids);
	wire_u64(&part, 2, s->pids_limit);
	wire_message(out, PIDS, &part);
	wire_cpu(out, s);
	wire_memory(out, s, full);
	wire_message(out, RDMA, &part); /* no device's counters, but clients expect the message */
	wire_io(out, full);
	wire_hugetlb(out, json_get(full, "hugetlb"));
	WIRE_MEMBERS(&part, 1, json_path(full, "memory.oom"), event_words);
	wire_message(out, MEMORY_EVENTS, &part);
}
