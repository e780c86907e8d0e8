/* SPDX-License-Identifier: Apache-2.0 */
/* resources.c - linux.resources, of create and of update, for both versions of cgroups; and its devices. */
#include "fuzz.h"

#include <cleat/json.h>

#include "cgroup_devices.h"
#include "cgroup_limits.h"
#include "cgroup_tree.h"

static struct cgroup_root v1_roots[] = {
	{ .controllers = "cpu,cpuacct", .mount_point = "/nowhere/cpu", .root = "/", .version = 1 },
	{ .controllers = "memory", .mount_point = "/nowhere/memory", .root = "/", .version = 1 },
	{ .controllers = "blkio", .mount_point = "/nowhere/blkio", .root = "/", .version = 1 },
	{ .controllers = "cpuset", .mount_point = "/nowhere/cpuset", .root = "/", .version = 1 },
	{ .controllers = "hugetlb", .mount_point = "/nowhere/hugetlb", .root = "/", .version = 1 },
	{ .controllers = "net_cls,net_prio",
	  .mount_point = "/nowhere/net",
	  .root = "/",
	  .version = 1 },
	{ .controllers = "pids", .mount_point = "/nowhere/pids", .root = "/", .version = 1 },
	{ .controllers = "rdma", .mount_point = "/nowhere/rdma", .root = "/", .version = 1 },
};

static void limits(const struct cgroup_tree *tree, const struct json *resources, int64_t now)
{
	struct cgroup_limits limits = { 0 };
	struct cleat_error err = { 0 };

	if (!fuzz_ok(cgroup_limits_parse(tree, resources, now, &limits, &err), &err))
		return;
	for (size_t i = 0; i < limits.n; i++) {
		fuzz_check(!strchr(limits.writes[i].file, '/'), "a write stays in its cgroup",
			   limits.writes[i].file);
		fuzz_check((limits.writes[i].flags & WRITE_LINES) ||
				   !strchr(limits.writes[i].value, '\n') ||
				   limits.writes[i].value[0],
			   "a value is one line", limits.writes[i].value);
	}
	cgroup_limits_fini(&limits);
}

static void devices(const struct json *list)
{
	struct device_rules rules = { 0 };
	struct device_rules reduced = { 0 };
	struct cleat_error err = { 0 };
	struct bpf_insn *program = NULL;
	size_t n = 0;
	bool allow = false;

	if (!fuzz_ok(device_rules_read(list, &rules, &err), &err))
		return;
	(void)fuzz_ok(device_rules_reduce(&rules, &allow, &reduced, &err), &err);
	(void)fuzz_ok(device_rules_compile(&rules, &program, &n, &err), &err);
	free(program);
	device_rules_fini(&reduced);
	device_rules_fini(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cgroup_tree v1 = { .layout = CGROUP_V1, .n = ARRAY_SIZE(v1_roots) };
	struct cgroup_tree v2 = { .layout = CGROUP_V2, .n = 1 };
	struct cleat_error err = { 0 };

	memcpy(v1.roots, v1_roots, sizeof(v1_roots));
	v2.roots[0] = (struct cgroup_root){ .controllers = (char[]){ "" },
					    .mount_point = (char[]){ "/nowhere" },
					    .root = (char[]){ "/" },
					    .version = 2 };
	if (!fuzz_ok(json_parse((const char *)data, size, &doc, &err), &err))
		return 0;
	limits(&v1, json_root(doc), 0);
	limits(&v2, json_root(doc), 0);
	limits(&v2, json_root(doc), 64 << 20);
	devices(json_get(json_root(doc), "devices"));
	return 0;
}
