/* SPDX-License-Identifier: Apache-2.0 */
/* test_usage.c - both cgroup versions' messages become the same numbers, and those a scraper's page. */
#include "service/metrics.h"
#include "service/service.h"

#include "support/unit.h"

#include "rpc/pb/metrics_v1.pb-c.h"
#include "rpc/pb/metrics_v2.pb-c.h"

#include <errno.h>
#include <string.h>

static uint8_t bytes[4096];

static int parse(const ProtobufCMessage *message, struct usage *out)
{
	size_t len = protobuf_c_message_pack(message, bytes);

	return usage_parse(message->descriptor->name, bytes, len, out);
}

static void version_1(void)
{
	Io__Containerd__Cgroups__V1__Metrics m = IO__CONTAINERD__CGROUPS__V1__METRICS__INIT;
	Io__Containerd__Cgroups__V1__MemoryStat memory =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_STAT__INIT;
	Io__Containerd__Cgroups__V1__MemoryEntry used =
		IO__CONTAINERD__CGROUPS__V1__MEMORY_ENTRY__INIT;
	Io__Containerd__Cgroups__V1__PidsStat pids = IO__CONTAINERD__CGROUPS__V1__PIDS_STAT__INIT;
	Io__Containerd__Cgroups__V1__BlkIOStat block =
		IO__CONTAINERD__CGROUPS__V1__BLK_IOSTAT__INIT;
	Io__Containerd__Cgroups__V1__BlkIOEntry entries[4];
	Io__Containerd__Cgroups__V1__BlkIOEntry *list[4];
	static char words[4][8] = { "Read", "write", "Read", "Total" };
	struct usage usage;

	for (size_t i = 0; i < 4; i++) {
		io__containerd__cgroups__v1__blk_ioentry__init(&entries[i]);
		entries[i].op = words[i];
		entries[i].value = 10 + i;
		list[i] = &entries[i];
	}
	block.io_service_bytes_recursive = list;
	block.n_io_service_bytes_recursive = 4;
	used.usage = 1000;
	used.limit = 0x7ffffffffffff000;
	memory.usage = &used;
	memory.total_inactive_file = 100;
	pids.current = 3;
	m.memory = &memory;
	m.pids = &pids;
	m.blkio = &block;
	CU_ASSERT_EQUAL(parse(&m.base, &usage), 0);
	CU_ASSERT_EQUAL(usage.cgroup_version, 1);
	CU_ASSERT_EQUAL(usage.memory, 1000);
	CU_ASSERT_EQUAL(usage.memory_inactive_file, 100);
	CU_ASSERT_EQUAL(usage.memory_limit, UINT64_MAX);
	CU_ASSERT_EQUAL(usage.pids, 3);
	CU_ASSERT_EQUAL(usage.pids_limit, UINT64_MAX);
	CU_ASSERT_EQUAL(usage.block_read, 22);
	CU_ASSERT_EQUAL(usage.block_written, 11);
}

static void version_2(void)
{
	Io__Containerd__Cgroups__V2__Metrics m = IO__CONTAINERD__CGROUPS__V2__METRICS__INIT;
	Io__Containerd__Cgroups__V2__CPUStat cpu = IO__CONTAINERD__CGROUPS__V2__CPUSTAT__INIT;
	Io__Containerd__Cgroups__V2__MemoryEvents events =
		IO__CONTAINERD__CGROUPS__V2__MEMORY_EVENTS__INIT;
	struct usage usage;

	cpu.usage_usec = 7;
	events.oom_kill = 2;
	m.cpu = &cpu;
	m.memory_events = &events;
	CU_ASSERT_EQUAL(parse(&m.base, &usage), 0);
	CU_ASSERT_EQUAL(usage.cgroup_version, 2);
	CU_ASSERT_EQUAL(usage.cpu_ns, 7000);
	CU_ASSERT_EQUAL(usage.oom_kills, 2);
	CU_ASSERT_EQUAL(usage_parse("io.containerd.cgroups.v2.Metrics", "\xff\xff", 2, &usage),
			-EPROTO);
}

static const char *page(struct metrics_sample *samples, size_t n, struct text *out)
{
	struct service service = { .started_at = 1500000000 };

	text_fini(out);
	metrics_write(&service, samples, n, out);
	return out->bytes;
}

static void a_page(void)
{
	container_config config = CLEAT__V1__CONTAINER_CONFIG__INIT;
	struct task task = { .config = &config };
	struct metrics_sample sample = { .task = &task };
	_cleanup_text_ struct text out = { 0 };
	const char *text = NULL;

	config.image = (char *)(uintptr_t) "a\"b\\c\nd";
	task.row.ns = (char *)(uintptr_t) "default";
	task.row.id = (char *)(uintptr_t) "abc";
	task.row.name = (char *)(uintptr_t) "web";
	task.row.phase = TASK_EXITED;
	task.row.exit_code = 3;
	text = page(&sample, 1, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\ncleat_start_time_seconds 1.5\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\ncleat_container_info{namespace=\"default\","
					    "id=\"abc\",name=\"web\","
					    "image=\"a\\\"b\\\\c\\nd\"} 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\ncleat_containers{state=\"exited\"} 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "name=\"web\"} 3\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "\ncleat_container_memory_usage_bytes{"));
	task.row.phase = TASK_RUNNING;
	sample.known = true;
	sample.usage.memory = UINT64_C(1) << 40;
	sample.usage.memory_limit = UINT64_MAX;
	text = page(&sample, 1, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
				      "\ncleat_container_memory_usage_bytes{namespace="
				      "\"default\",id=\"abc\",name=\"web\"} 1099511627776\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "\ncleat_container_memory_limit_bytes{"));
	CU_ASSERT_PTR_NULL(strstr(text, "\ncleat_container_exit_code{"));
	CU_ASSERT_PTR_NULL(strstr(text, "\ncleat_container_network_receive_bytes_total{"));
}

UNIT_MAIN("usage", UNIT_TEST(version_1), UNIT_TEST(version_2), UNIT_TEST(a_page))
