/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_stats.c - where the kernel's counters stand.
 *
 * Each controller is read where it is mounted, so a hybrid machine needs no case of its own. What
 * the kernel does not have stays 0; only a cgroup that is gone is an error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "cgroup_stats.h"

/* "No limit" of version 1 is the largest multiple of a page. */
static uint64_t limit_v1(uint64_t bytes)
{
	return bytes > (uint64_t)INT64_MAX - 65536 ? UINT64_MAX : bytes;
}

uint64_t cgroup_stat_number(int dir, const char *file)
{
	uint64_t value = 0;

	return dir >= 0 && cgroup_file_number(dir, file, &value) == 0 ? value : 0;
}

static uint64_t key(const char *text, const char *name)
{
	uint64_t value = 0;

	return cgroup_text_key(text, name, &value) == 0 ? value : 0;
}

/* The text of @file, "" when there is none. Free it. */
static char *text_of(int dir, const char *file)
{
	char *text = NULL;

	if (dir < 0 || cgroup_file_read_all(dir, file, &text) < 0)
		return strdup("");
	return text;
}

static void cpu_v2(int dir, struct cleat_stats *s)
{
	_cleanup_free_ char *text = text_of(dir, "cpu.stat");

	if (!text)
		return;
	s->cpu_ns = key(text, "usage_usec") * 1000;
	s->cpu_user_ns = key(text, "user_usec") * 1000;
	s->cpu_system_ns = key(text, "system_usec") * 1000;
	s->cpu_periods = key(text, "nr_periods");
	s->cpu_throttled_periods = key(text, "nr_throttled");
	s->cpu_throttled_ns = key(text, "throttled_usec") * 1000;
}

static void cpu_v1(const struct cgroup *cg, struct cleat_stats *s)
{
	int version = 0;
	int account = cgroup_dir_of(cg, "cpuacct", &version);
	_cleanup_free_ char *throttling = text_of(cgroup_dir_of(cg, "cpu", &version), "cpu.stat");
	_cleanup_free_ char *split = text_of(account, "cpuacct.stat");
	long hz = sysconf(_SC_CLK_TCK);
	uint64_t tick_ns = 1000000000ULL / (uint64_t)(hz > 0 ? hz : 100);

	s->cpu_ns = cgroup_stat_number(account, "cpuacct.usage");
	if (split) {
		s->cpu_user_ns = key(split, "user") * tick_ns;
		s->cpu_system_ns = key(split, "system") * tick_ns;
	}
	if (throttling) {
		s->cpu_periods = key(throttling, "nr_periods");
		s->cpu_throttled_periods = key(throttling, "nr_throttled");
		s->cpu_throttled_ns = key(throttling, "throttled_time");
	}
}

static void memory_v2(int dir, struct cleat_stats *s)
{
	_cleanup_free_ char *stat = text_of(dir, "memory.stat");
	_cleanup_free_ char *events = text_of(dir, "memory.events");

	s->memory_bytes = cgroup_stat_number(dir, "memory.current");
	s->memory_limit_bytes = cgroup_stat_number(dir, "memory.max");
	s->memory_peak_bytes = cgroup_stat_number(dir, "memory.peak");
	s->swap_bytes = cgroup_stat_number(dir, "memory.swap.current");
	s->swap_limit_bytes = cgroup_stat_number(dir, "memory.swap.max");
	if (stat) {
		s->memory_cache_bytes = key(stat, "file");
		s->memory_anon_bytes = key(stat, "anon");
		s->memory_inactive_file_bytes = key(stat, "inactive_file");
	}
	if (events)
		s->memory_failures = key(events, "max");
}

static void memory_v1(int dir, struct cleat_stats *s)
{
	_cleanup_free_ char *stat = text_of(dir, "memory.stat");
	uint64_t both = cgroup_stat_number(dir, "memory.memsw.usage_in_bytes");
	uint64_t both_limit = limit_v1(cgroup_stat_number(dir, "memory.memsw.limit_in_bytes"));

	s->memory_bytes = cgroup_stat_number(dir, "memory.usage_in_bytes");
	s->memory_limit_bytes = limit_v1(cgroup_stat_number(dir, "memory.limit_in_bytes"));
	s->memory_peak_bytes = cgroup_stat_number(dir, "memory.max_usage_in_bytes");
	s->memory_failures = cgroup_stat_number(dir, "memory.failcnt");
	/* version 1 counts memory and swap together */
	s->swap_bytes = both > s->memory_bytes ? both - s->memory_bytes : 0;
	s->swap_limit_bytes = both_limit;
	if (both_limit != UINT64_MAX && both_limit >= s->memory_limit_bytes)
		s->swap_limit_bytes = both_limit - s->memory_limit_bytes;
	if (stat) {
		s->memory_cache_bytes = key(stat, "total_cache");
		s->memory_anon_bytes = key(stat, "total_rss");
		s->memory_inactive_file_bytes = key(stat, "total_inactive_file");
	}
}

/* "8:0 rbytes=1 wbytes=2 rios=3 ...", one line a device. */
static void io_v2(int dir, struct cleat_stats *s)
{
	_cleanup_free_ char *text = text_of(dir, "io.stat");
	const struct {
		const char *word;
		uint64_t *to;
	} sums[] = {
		{ " rbytes=", &s->io_read_bytes },
		{ " wbytes=", &s->io_write_bytes },
		{ " rios=", &s->io_reads },
		{ " wios=", &s->io_writes },
	};

	for (size_t i = 0; text && i < ARRAY_SIZE(sums); i++)
		for (const char *at = strstr(text, sums[i].word); at;
		     at = strstr(at + 1, sums[i].word))
			*sums[i].to += strtoull(at + strlen(sums[i].word), NULL, 10);
}

/* "8:0 Read 123", one line a device and direction; "Total" is left out. */
static void sum_v1(int dir, const char *file, uint64_t *reads, uint64_t *writes)
{
	_cleanup_free_ char *text = text_of(dir, file);
	char *save = NULL;

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char word[16];
		uint64_t value = 0;

		if (sscanf(line, "%*u:%*u %15s %" SCNu64, word, &value) != 2)
			continue;
		*reads += strcmp(word, "Read") == 0 ? value : 0;
		*writes += strcmp(word, "Write") == 0 ? value : 0;
	}
}

static void io_v1(int dir, struct cleat_stats *s)
{
	sum_v1(dir, "blkio.throttle.io_service_bytes_recursive", &s->io_read_bytes,
	       &s->io_write_bytes);
	sum_v1(dir, "blkio.throttle.io_serviced_recursive", &s->io_reads, &s->io_writes);
}

uint64_t cgroup_oom_kills(const struct cgroup *cg)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "memory", &version);
	uint64_t kills = 0;

	if (dir < 0 || cgroup_file_key(dir, version == 2 ? "memory.events" : "memory.oom_control",
				       "oom_kill", &kills) < 0)
		return 0;
	return kills;
}

int cgroup_stats(const struct cgroup *cg, struct cleat_stats *out, struct cleat_error *err)
{
	struct cleat_stats s = { .size = out->size };
	int version = 0;

	if (!cgroup_exists(cg))
		return cleat_fail(err, ENOENT,
				  "cannot read statistics: the container has no cgroup");
	s.cgroup_version = cg->tree.layout == CGROUP_V2 ? 2 : 1;
	int dir = cgroup_dir_of(cg, "cpu", &version);

	if (version == 2)
		cpu_v2(dir, &s);
	else
		cpu_v1(cg, &s);
	dir = cgroup_dir_of(cg, "memory", &version);
	if (dir >= 0 && version == 2)
		memory_v2(dir, &s);
	else if (dir >= 0)
		memory_v1(dir, &s);
	dir = cgroup_dir_of(cg, "pids", &version);
	s.pids = cgroup_stat_number(dir, "pids.current");
	s.pids_limit = cgroup_stat_number(dir, "pids.max");
	dir = cgroup_dir_of(cg, "blkio", &version);
	if (dir >= 0 && version == 2)
		io_v2(dir, &s);
	else if (dir >= 0)
		io_v1(dir, &s);
	s.oom_kills = cgroup_oom_kills(cg);
	memcpy(out, &s, out->size < sizeof(s) ? out->size : sizeof(s));
	return 0;
}
