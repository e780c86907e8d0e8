/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c - containerd's metrics messages and /proc/PID/net/dev as one struct. */
#include "service/usage.h"

#include "base/fd.h"
#include "base/text.h"
#include "rpc/pb/metrics_v1.pb-c.h"
#include "rpc/pb/metrics_v2.pb-c.h"
#include "task/task.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

enum { DEV_MAX = 1 << 20 };

/* ---- cgroups --------------------------------------------------------------------------------------- */
static void take_v2(const Io__Containerd__Cgroups__V2__Metrics *m, struct usage *out)
{
	out->cgroup_version = 2;
	if (m->cpu) {
		out->cpu_ns = m->cpu->usage_usec * 1000;
		out->cpu_throttled_ns = m->cpu->throttled_usec * 1000;
	}
	if (m->memory) {
		out->memory = m->memory->usage;
		out->memory_limit = m->memory->usage_limit;
		out->memory_inactive_file = m->memory->inactive_file;
	}
	if (m->pids) {
		out->pids = m->pids->current;
		out->pids_limit = m->pids->limit;
	}
	if (m->memory_events)
		out->oom_kills = m->memory_events->oom_kill;
	for (size_t i = 0; m->io && i < m->io->n_usage; i++) {
		out->block_read += m->io->usage[i]->rbytes;
		out->block_written += m->io->usage[i]->wbytes;
	}
}

static void take_block_v1(const Io__Containerd__Cgroups__V1__BlkIOStat *block, struct usage *out)
{
	for (size_t i = 0; i < block->n_io_service_bytes_recursive; i++) {
		const Io__Containerd__Cgroups__V1__BlkIOEntry *entry =
			block->io_service_bytes_recursive[i];

		if (strcasecmp(entry->op, "read") == 0)
			out->block_read += entry->value;
		else if (strcasecmp(entry->op, "write") == 0)
			out->block_written += entry->value;
	}
}

/* Version 1 says "no limit" of memory as a number near 2^63, and of processes as 0. */
static void take_v1(const Io__Containerd__Cgroups__V1__Metrics *m, struct usage *out)
{
	out->cgroup_version = 1;
	if (m->cpu && m->cpu->usage)
		out->cpu_ns = m->cpu->usage->total;
	if (m->cpu && m->cpu->throttling)
		out->cpu_throttled_ns = m->cpu->throttling->throttled_time;
	if (m->memory) {
		out->memory_inactive_file = m->memory->total_inactive_file;
		out->memory = m->memory->usage ? m->memory->usage->usage : 0;
		out->memory_limit = m->memory->usage ? m->memory->usage->limit : 0;
	}
	if (out->memory_limit >= (uint64_t)1 << 62)
		out->memory_limit = UINT64_MAX;
	if (m->pids) {
		out->pids = m->pids->current;
		out->pids_limit = m->pids->limit ? m->pids->limit : UINT64_MAX;
	}
	if (m->memory_oom_control)
		out->oom_kills = m->memory_oom_control->oom_kill;
	if (m->blkio)
		take_block_v1(m->blkio, out);
}

int usage_parse(const char *type_url, const void *bytes, size_t len, struct usage *out)
{
	*out = (struct usage){ 0 };
	if (text_eq(type_url, "io.containerd.cgroups.v2.Metrics")) {
		Io__Containerd__Cgroups__V2__Metrics *m =
			io__containerd__cgroups__v2__metrics__unpack(NULL, len, bytes);

		if (!m)
			return -EPROTO;
		take_v2(m, out);
		io__containerd__cgroups__v2__metrics__free_unpacked(m, NULL);
		return 0;
	}
	Io__Containerd__Cgroups__V1__Metrics *m =
		io__containerd__cgroups__v1__metrics__unpack(NULL, len, bytes);

	if (!m)
		return -EPROTO;
	take_v1(m, out);
	io__containerd__cgroups__v1__metrics__free_unpacked(m, NULL);
	return 0;
}

/* ---- network --------------------------------------------------------------------------------------- */
static bool is_hosts(const struct task *task)
{
	struct stat ours;
	struct stat its;
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/ns/net", task->row.pid);
	return stat("/proc/self/ns/net", &ours) < 0 || stat(path, &its) < 0 ||
	       (ours.st_ino == its.st_ino && ours.st_dev == its.st_dev);
}

/* "  eth0: BYTES PACKETS ERRS DROP FIFO FRAME COMPRESSED MULTICAST BYTES ..." */
static void add_interface(const char *line, struct usage *out)
{
	char name[32];
	uint64_t received = 0;
	uint64_t sent = 0;

	if (sscanf(line, " %31[^: ]: %" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64, name,
		   &received, &sent) != 3 ||
	    text_eq(name, "lo"))
		return;
	out->received += received;
	out->sent += sent;
}

void usage_network(const struct task *task, struct usage *out)
{
	_cleanup_free_ char *text = NULL;
	struct cleat_error ignored = { 0 };
	char path[48];
	char *save = NULL;

	if (task->row.pid <= 0 || is_hosts(task))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/net/dev", task->row.pid);
	if (fd_read_file(AT_FDCWD, path, DEV_MAX, &text, NULL, &ignored) < 0)
		return; /* it has just ended */
	out->network = true;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_interface(line, out);
}
