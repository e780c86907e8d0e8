/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics_v1.c - io.containerd.cgroups.v1.Metrics.
 *
 * Clients dereference usage once its parent is set, so every level is there whatever the kernel has.
 */
#include "metrics.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { METRICS_HUGETLB = 1, PIDS, CPU, MEMORY, BLKIO, OOM_CONTROL = 9 };
enum { MEMORY_TOTALS = 18, MEMORY_USAGE = 33, MEMORY_SWAP, MEMORY_KERNEL, MEMORY_KERNEL_TCP };

/* Fields 1 to 17 of MemoryStat, in the kernel's words; 18 to 32 are the first fifteen with total_. */
static const char memory_words[][32] = {
	"cache",
	"rss",
	"rss_huge",
	"mapped_file",
	"dirty",
	"writeback",
	"pgpgin",
	"pgpgout",
	"pgfault",
	"pgmajfault",
	"inactive_anon",
	"active_anon",
	"inactive_file",
	"active_file",
	"unevictable",
	"hierarchical_memory_limit",
	"hierarchical_memsw_limit",
};
static const char entry_words[][8] = { "limit", "usage", "max", "failcnt" };
static const char oom_words[][20] = { "oom_kill_disable", "under_oom" };

/* "/dev/sda" for 8:0, as far as the kernel has a name. */
static void wire_device(struct text *out, unsigned field, uint64_t major, uint64_t minor)
{
	char link[64];
	char target[PATH_MAX];
	char name[64];

	(void)snprintf(link, sizeof(link), "/sys/dev/block/%llu:%llu", (unsigned long long)major,
		       (unsigned long long)minor);
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	if (n <= 0)
		return;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');

	(void)snprintf(name, sizeof(name), "/dev/%.50s", slash ? slash + 1 : target);
	wire_text(out, field, name);
}

static void wire_io(struct text *out, unsigned field, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *item = json_at(list, i);
		const char *op = json_text(json_get(item, "op"));
		uint64_t major = metrics_number(item, "major");
		uint64_t minor = metrics_number(item, "minor");
		struct text entry = { 0 };

		wire_text(&entry, 1, op ? op : "");
		wire_device(&entry, 2, major, minor);
		wire_u64(&entry, 3, major);
		wire_u64(&entry, 4, minor);
		wire_u64(&entry, 5, metrics_number(item, "value"));
		wire_message(out, field, &entry);
	}
}

static void wire_hugetlb(struct text *out, const struct json *sizes)
{
	for (size_t i = 0; i < json_len(sizes); i++) {
		struct text stat = { 0 };

		wire_members(&stat, 1, json_at(sizes, i), entry_words[1], sizeof(entry_words[1]),
			     ARRAY_SIZE(entry_words) - 1);
		wire_text(&stat, 4, json_key(sizes, i));
		wire_message(out, METRICS_HUGETLB, &stat);
	}
}

static void wire_cpu(struct text *out, const struct cleat_stats *s, const struct json *full)
{
	struct text cpu = { 0 };
	struct text part = { 0 };

	wire_u64(&part, 1, s->cpu_ns);
	wire_u64(&part, 2, s->cpu_system_ns);
	wire_u64(&part, 3, s->cpu_user_ns);
	wire_list(&part, 4, json_path(full, "cpu.usage.percpu"));
	wire_message(&cpu, 1, &part);
	wire_u64(&part, 1, s->cpu_periods);
	wire_u64(&part, 2, s->cpu_throttled_periods);
	wire_u64(&part, 3, s->cpu_throttled_ns);
	wire_message(&cpu, 2, &part);
	wire_message(out, CPU, &cpu);
}

static void wire_entry(struct text *out, unsigned field, const struct json *from)
{
	struct text entry = { 0 };

	WIRE_MEMBERS(&entry, 1, from, entry_words);
	wire_message(out, field, &entry);
}

static void wire_totals(struct text *out, const struct json *raw)
{
	char word[48];

	for (unsigned i = 0; i < MEMORY_USAGE - MEMORY_TOTALS; i++) {
		(void)snprintf(word, sizeof(word), "total_%s", memory_words[i]);
		wire_u64(out, MEMORY_TOTALS + i, metrics_number(raw, word));
	}
}

/* All that a runtime without `metrics` tells. */
static void wire_plain_usage(struct text *out, const struct cleat_stats *s)
{
	struct text entry = { 0 };

	wire_u64(out, MEMORY_TOTALS, s->memory_cache_bytes);
	wire_u64(out, MEMORY_TOTALS + 1, s->memory_anon_bytes);
	wire_u64(&entry, 1, s->memory_limit_bytes);
	wire_u64(&entry, 2, s->memory_bytes);
	wire_u64(&entry, 3, s->memory_peak_bytes);
	wire_u64(&entry, 4, s->memory_failures);
	wire_message(out, MEMORY_USAGE, &entry);
}

static void wire_memory(struct text *out, const struct cleat_stats *s, const struct json *full)
{
	const struct json *memory = json_get(full, "memory");
	struct text stat = { 0 };

	if (memory) {
		WIRE_MEMBERS(&stat, 1, json_get(memory, "raw"), memory_words);
		wire_totals(&stat, json_get(memory, "raw"));
		wire_entry(&stat, MEMORY_USAGE, json_get(memory, "usage"));
	} else {
		wire_plain_usage(&stat, s);
	}
	wire_entry(&stat, MEMORY_SWAP, json_get(memory, "swap"));
	wire_entry(&stat, MEMORY_KERNEL, json_get(memory, "kernel"));
	wire_entry(&stat, MEMORY_KERNEL_TCP, json_get(memory, "kernelTCP"));
	wire_message(out, MEMORY, &stat);
}

void metrics_v1(struct text *out, const struct cleat_stats *s, const struct json *full)
{
	struct text part = { 0 };

	wire_hugetlb(out, json_get(full, "hugetlb"));
	wire_u64(&part, 1, s->pids);
	wire_u64(&part, 2, s->pids_limit == UINT64_MAX ? 0 : s->pids_limit);
	wire_message(out, PIDS, &part);
	wire_cpu(out, s, full);
	wire_memory(out, s, full);
	wire_io(&part, 1, json_path(full, "blkio.ioServiceBytesRecursive"));
	wire_io(&part, 2, json_path(full, "blkio.ioServicedRecursive"));
	wire_message(out, BLKIO, &part);
	WIRE_MEMBERS(&part, 1, json_path(full, "memory.oom"), oom_words);
	wire_u64(&part, 3, s->oom_kills);
	wire_message(out, OOM_CONTROL, &part);
}
