/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_metrics.c - all counters as the `data` of `runc events --stats`, which is what containerd's
 * and CRI-O's people expect to parse.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "cgroup_stats.h"

static char *read_text(int dir, const char *file)
{
	char *text = NULL;

	return dir >= 0 && cgroup_file_read_all(dir, file, &text) >= 0 ? text : NULL;
}

static void put_percpu(FILE *out, const char *name, int dir, const char *file)
{
	_cleanup_free_ char *text = read_text(dir, file);
	const char *comma = "";
	char *save = NULL;

	if (!text)
		return;
	(void)fprintf(out, ",\"%s\":[", name);
	for (char *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		(void)fprintf(out, "%s%" PRIu64, comma, (uint64_t)strtoull(word, NULL, 10));
		comma = ",";
	}
	(void)fputc(']', out);
}

static void put_cpu(FILE *out, const struct cgroup *cg, const struct cleat_stats *s)
{
	int version = 0;
	int account = cgroup_dir_of(cg, "cpuacct", &version);

	(void)fprintf(out,
		      "\"cpu\":{\"usage\":{\"total\":%" PRIu64 ",\"kernel\":%" PRIu64
		      ",\"user\":%" PRIu64,
		      s->cpu_ns, s->cpu_system_ns, s->cpu_user_ns);
	if (version == 1) {
		put_percpu(out, "percpu", account, "cpuacct.usage_percpu");
		put_percpu(out, "percpu_kernel", account, "cpuacct.usage_percpu_sys");
		put_percpu(out, "percpu_user", account, "cpuacct.usage_percpu_user");
	}
	(void)fprintf(out,
		      "},\"throttling\":{\"periods\":%" PRIu64 ",\"throttledPeriods\":%" PRIu64
		      ",\"throttledTime\":%" PRIu64 "}}",
		      s->cpu_periods, s->cpu_throttled_periods, s->cpu_throttled_ns);
}

/* Lists of the kernel's form 0-3,8 as numbers. */
static void put_list(FILE *out, const char *name, int dir, const char *file)
{
	_cleanup_free_ char *text = read_text(dir, file);
	const char *comma = "";

	(void)fprintf(out, "\"%s\":[", name);
	for (const char *at = text; at && *at;) {
		unsigned int from = 0;
		unsigned int to = 0;
		int n = sscanf(at, "%u-%u", &from, &to);

		if (n < 1)
			break;
		for (unsigned int i = from; i <= (n == 2 ? to : from) && i < 65536; i++) {
			(void)fprintf(out, "%s%u", comma, i);
			comma = ",";
		}
		at += strcspn(at, ",");
		at += *at == ',';
	}
	(void)fputc(']', out);
}

static void put_cpuset(FILE *out, const struct cgroup *cg)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "cpuset", &version);

	(void)fputs(",\"cpuset\":{", out);
	put_list(out, "cpus", dir, version == 2 ? "cpuset.cpus.effective" : "cpuset.cpus");
	(void)fputc(',', out);
	put_list(out, "mems", dir, version == 2 ? "cpuset.mems.effective" : "cpuset.mems");
	if (version == 1)
		(void)fprintf(out,
			      ",\"cpu_exclusive\":%" PRIu64 ",\"mem_exclusive\":%" PRIu64
			      ",\"mem_hardwall\":%" PRIu64 ",\"sched_load_balance\":%" PRIu64,
			      cgroup_stat_number(dir, "cpuset.cpu_exclusive"),
			      cgroup_stat_number(dir, "cpuset.mem_exclusive"),
			      cgroup_stat_number(dir, "cpuset.mem_hardwall"),
			      cgroup_stat_number(dir, "cpuset.sched_load_balance"));
	(void)fputc('}', out);
}

static void put_usage(FILE *out, const char *name, uint64_t limit, uint64_t usage, uint64_t max,
		      uint64_t failures)
{
	(void)fprintf(out,
		      ",\"%s\":{\"limit\":%" PRIu64 ",\"usage\":%" PRIu64 ",\"max\":%" PRIu64
		      ",\"failcnt\":%" PRIu64 "}",
		      name, limit, usage, max, failures);
}

/* A file of "KEY NUMBER" lines, as it is. */
static void put_flat(FILE *out, const char *member, int dir, const char *file)
{
	_cleanup_free_ char *text = read_text(dir, file);
	const char *comma = "";
	char *save = NULL;

	(void)fprintf(out, ",\"%s\":{", member);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[64];
		uint64_t value = 0;

		if (sscanf(line, "%63[a-z0-9_] %" SCNu64, name, &value) != 2)
			continue;
		(void)fprintf(out, "%s\"%s\":%" PRIu64, comma, name, value);
		comma = ",";
	}
	(void)fputc('}', out);
}

static void put_memory(FILE *out, const struct cgroup *cg, const struct cleat_stats *s)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "memory", &version);

	(void)fprintf(out, ",\"memory\":{\"cache\":%" PRIu64, s->memory_cache_bytes);
	/* version 1 has a number for "no limit", and everybody tells that */
	put_usage(out, "usage",
		  version == 1 ? cgroup_stat_number(dir, "memory.limit_in_bytes")
			       : s->memory_limit_bytes,
		  s->memory_bytes, s->memory_peak_bytes, s->memory_failures);
	if (version == 1) {
		put_usage(out, "swap", cgroup_stat_number(dir, "memory.memsw.limit_in_bytes"),
			  cgroup_stat_number(dir, "memory.memsw.usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.memsw.max_usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.memsw.failcnt"));
		put_usage(out, "kernel", cgroup_stat_number(dir, "memory.kmem.limit_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.max_usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.failcnt"));
		put_usage(out, "kernelTCP",
			  cgroup_stat_number(dir, "memory.kmem.tcp.limit_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.tcp.usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.tcp.max_usage_in_bytes"),
			  cgroup_stat_number(dir, "memory.kmem.tcp.failcnt"));
	} else {
		/* runc reports version 1's sums here too */
		put_usage(out, "swap",
			  s->swap_limit_bytes == UINT64_MAX || s->memory_limit_bytes == UINT64_MAX
				  ? UINT64_MAX
				  : s->swap_limit_bytes + s->memory_limit_bytes,
			  s->swap_bytes + s->memory_bytes, 0, 0);
	}
	put_flat(out, "raw", dir, "memory.stat");
	/* beyond runc's: what containerd's messages have besides */
	put_flat(out, "oom", dir, version == 2 ? "memory.events" : "memory.oom_control");
	(void)fputc('}', out);
}

static void put_entry(FILE *out, const char **comma, unsigned int major, unsigned int minor,
		      const char *op, uint64_t value)
{
	(void)fprintf(out, "%s{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%" PRIu64 "}",
		      *comma, major, minor, op, value);
	*comma = ",";
}

static void put_blkio_v1(FILE *out, int dir, const char *name, const char *file)
{
	_cleanup_free_ char *text = read_text(dir, file);
	const char *comma = "";
	char *save = NULL;

	(void)fprintf(out, "\"%s\":[", name);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned int major = 0;
		unsigned int minor = 0;
		uint64_t value = 0;
		char op[16] = "";

		if (sscanf(line, "%u:%u %15[A-Za-z] %" SCNu64, &major, &minor, op, &value) == 4)
			put_entry(out, &comma, major, minor, op, value);
		else if (sscanf(line, "%u:%u %" SCNu64, &major, &minor, &value) == 3)
			put_entry(out, &comma, major, minor, "", value);
	}
	(void)fputc(']', out);
}

/* @words: what of an io.stat line becomes which op of the list. */
static void put_blkio_v2(FILE *out, const char *text, const char *name,
			 const char *const words[][2], size_t n)
{
	const char *comma = "";

	(void)fprintf(out, "\"%s\":[", name);
	for (const char *line = text; line && *line; line += *line == '\n') {
		unsigned int major = 0;
		unsigned int minor = 0;
		size_t len = strcspn(line, "\n");

		for (size_t i = 0; i < n && sscanf(line, "%u:%u", &major, &minor) == 2; i++) {
			const char *at = memmem(line, len, words[i][0], strlen(words[i][0]));

			if (at)
				put_entry(out, &comma, major, minor, words[i][1],
					  strtoull(at + strlen(words[i][0]), NULL, 10));
		}
		line += len;
	}
	(void)fputc(']', out);
}

static void put_blkio(FILE *out, const struct cgroup *cg)
{
	static const char *const bytes[][2] = { { " rbytes=", "Read" }, { " wbytes=", "Write" } };
	static const char *const counts[][2] = { { " rios=", "Read" }, { " wios=", "Write" } };
	int version = 0;
	int dir = cgroup_dir_of(cg, "blkio", &version);
	_cleanup_free_ char *stat = version == 2 ? read_text(dir, "io.stat") : NULL;

	(void)fputs(",\"blkio\":{", out);
	if (version == 2) {
		put_blkio_v2(out, stat, "ioServiceBytesRecursive", bytes, ARRAY_SIZE(bytes));
		(void)fputc(',', out);
		put_blkio_v2(out, stat, "ioServicedRecursive", counts, ARRAY_SIZE(counts));
	} else {
		put_blkio_v1(out, dir, "ioServiceBytesRecursive",
			     "blkio.throttle.io_service_bytes_recursive");
		(void)fputc(',', out);
		put_blkio_v1(out, dir, "ioServicedRecursive",
			     "blkio.throttle.io_serviced_recursive");
	}
	(void)fputc('}', out);
}

/* "hugetlb.2MB.max" or "...limit_in_bytes": for each size that the kernel has. */
static void put_hugetlb(FILE *out, const struct cgroup *cg)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "hugetlb", &version);
	int fd = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const char *comma = "";

	(void)fputs(",\"hugetlb\":{", out);
	for (struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries)) {
		char size[16];
		char file[64];
		char rest[32];
		uint64_t failures = 0;

		if (sscanf(e->d_name, "hugetlb.%15[0-9KMGTB].%31s", size, rest) != 2 ||
		    strcmp(rest, version == 2 ? "current" : "usage_in_bytes") != 0)
			continue;
		uint64_t usage = cgroup_stat_number(dir, e->d_name);

		(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", size,
			       version == 2 ? "events" : "failcnt");
		if (version == 2)
			(void)cgroup_file_key(dir, file, "max", &failures); /* or it stays 0 */
		else
			failures = cgroup_stat_number(dir, file);
		(void)snprintf(file, sizeof(file), "hugetlb.%s.max_usage_in_bytes", size);
		uint64_t peak = cgroup_stat_number(dir, file);

		(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", size,
			       version == 2 ? "max" : "limit_in_bytes");
		(void)fprintf(out,
			      "%s\"%s\":{\"usage\":%" PRIu64 ",\"max\":%" PRIu64
			      ",\"failcnt\":%" PRIu64 ",\"limit\":%" PRIu64 "}",
			      comma, size, usage, peak, failures, cgroup_stat_number(dir, file));
		comma = ",";
	}
	if (entries)
		(void)closedir(entries); /* only read */
	(void)fputc('}', out);
}

int cgroup_metrics_json(const struct cgroup *cg, char **out_json, struct cleat_error *err)
{
	struct cleat_stats s = { .size = sizeof(s) };
	char *text = NULL;
	size_t size = 0;
	int rc = cgroup_stats(cg, &s, err);
	FILE *out = rc < 0 ? NULL : open_memstream(&text, &size);

	if (rc < 0)
		return rc;
	if (!out)
		return cleat_fail(err, ENOMEM, "cannot print metrics: %m");
	(void)fputc('{', out);
	put_cpu(out, cg, &s);
	put_cpuset(out, cg);
	put_memory(out, cg, &s);
	/* runc writes 0 for "no limit" */
	(void)fprintf(out, ",\"pids\":{\"current\":%" PRIu64 ",\"limit\":%" PRIu64 "}", s.pids,
		      s.pids_limit == UINT64_MAX ? 0 : s.pids_limit);
	put_blkio(out, cg);
	put_hugetlb(out, cg);
	(void)fputc('}', out);
	bool failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(text);
		return cleat_fail(err, ENOMEM, "cannot print metrics: %m");
	}
	*out_json = text;
	return 0;
}
