/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_limits_named.c - pids, and the limits whose keys become file or device names: huge pages,
 * network, rdma, unified. Each name passes name_check.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cleat/cleanup.h>

#include "cgroup_limits.h"
#include "name.h"

int limits_read_pids(struct limits_reader *r, struct cleat_error *err)
{
	int64_t limit = INT64_MIN;
	int rc = json_get_i64(r->object, "limit", &limit, err);

	if (rc < 0 || limit == INT64_MIN)
		return rc;
	if (limit < 0)
		return limits_add(r, "pids", "pids limit", 0, "pids.max", err, "max");
	r->out->no_process = limit == 0; /* a real limit since specification 1.3 */
	return limits_add(r, "pids", "pids limit", 0, "pids.max", err, "%" PRId64, limit);
}

/* "2MB": ^[0-9]+[KMGT]?B$ */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	if (digits == 0 || digits > 12)
		return false;
	if (*unit && strchr("KMGT", *unit))
		unit++;
	return strcmp(unit, "B") == 0;
}

static int add_huge_page(struct limits_reader *r, const struct json *item, struct cleat_error *err)
{
	bool v2 = limits_version(r, "hugetlb") == 2;
	const char *size = NULL;
	uint64_t limit = UINT64_MAX;
	char file[64];
	int rc = json_get_text(item, "pageSize", &size, err);

	if (rc == 0)
		rc = json_get_u64(item, "limit", &limit, err);
	if (rc < 0)
		return rc;
	if (!size || !is_page_size(size))
		return cleat_fail(err, EINVAL, "pageSize must be like 2MB or 1GB, not '%.40s'",
				  size ? size : "");
	(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", size, v2 ? "max" : "limit_in_bytes");
	rc = limits_add(r, "hugetlb", "huge page limit", 0, file, err, "%" PRIu64, limit);
	/* reservations are what stops a process before it faults; a kernel before 5.7 has none */
	(void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.%s", size,
		       v2 ? "max" : "limit_in_bytes");
	if (rc == 0)
		rc = limits_add(r, "hugetlb", "huge page reservation limit", WRITE_OPTIONAL, file,
				err, "%" PRIu64, limit);
	return rc;
}

int limits_read_huge_pages(struct limits_reader *r, struct cleat_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(r->object); i++)
		rc = add_huge_page(r, json_at(r->object, i), err);
	return rc;
}

static int add_priority(struct limits_reader *r, const struct json *item, struct cleat_error *err)
{
	const char *name = "";
	uint32_t priority = 0;
	int rc = json_get_text(item, "name", &name, err);

	if (rc == 0)
		rc = json_get_u32(item, "priority", &priority, err);
	if (rc == 0)
		rc = name_check(name, "a network device", err);
	if (rc == 0 && strchr(name, ' '))
		rc = cleat_fail(err, EINVAL, "a network device is not called '%.40s'", name);
	if (rc < 0)
		return rc;
	return limits_add(r, "net_prio", "network priority", WRITE_LINES,
			  limits_version(r, "net_prio") == 2 ? NULL : "net_prio.ifpriomap", err,
			  "%s %" PRIu32, name, priority);
}

int limits_read_network(struct limits_reader *r, struct cleat_error *err)
{
	const struct json *priorities = NULL;
	uint32_t class_id = 0;
	int rc = json_get_u32(r->object, "classID", &class_id, err);

	if (rc == 0 && class_id) /* 0 is what every cgroup has */
		rc = limits_add(r, "net_cls", "network class", 0,
				limits_version(r, "net_cls") == 2 ? NULL : "net_cls.classid", err,
				"%" PRIu32, class_id);
	if (rc == 0)
		rc = json_get_node(r->object, "priorities", JSON_ARRAY, &priorities, err);
	for (size_t i = 0; rc == 0 && i < json_len(priorities); i++)
		rc = add_priority(r, json_at(priorities, i), err);
	return rc;
}

static int add_rdma(struct limits_reader *r, const char *device, const struct json *limits,
		    struct cleat_error *err)
{
	uint32_t handles = UINT32_MAX;
	uint32_t objects = UINT32_MAX;
	char h[32] = "";
	char o[32] = "";
	int rc = name_check(device, "an rdma device", err);

	if (rc == 0)
		rc = json_get_u32(limits, "hcaHandles", &handles, err);
	if (rc == 0)
		rc = json_get_u32(limits, "hcaObjects", &objects, err);
	if (rc == 0 && (strchr(device, ' ') ||
			(!json_get(limits, "hcaHandles") && !json_get(limits, "hcaObjects"))))
		rc = cleat_fail(err, EINVAL,
				"rdma device '%.40s' must have hcaHandles or hcaObjects", device);
	if (rc < 0)
		return rc;
	if (json_get(limits, "hcaHandles"))
		(void)snprintf(h, sizeof(h), " hca_handle=%" PRIu32, handles);
	if (json_get(limits, "hcaObjects"))
		(void)snprintf(o, sizeof(o), " hca_object=%" PRIu32, objects);
	return limits_add(r, "rdma", "rdma limit", WRITE_LINES, "rdma.max", err, "%s%s%s", device,
			  h, o);
}

int limits_read_rdma(struct limits_reader *r, struct cleat_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(r->object); i++)
		rc = add_rdma(r, json_key(r->object, i), json_at(r->object, i), err);
	return rc;
}

/* A file of the cgroup's own management is no limit; cgroup.procs would even pull in strangers. */
static int check_unified_key(const char *key, struct cleat_error *err)
{
	static const char *const managed[] = { "cgroup.procs", "cgroup.threads",
					       "cgroup.kill",  "cgroup.freeze",
					       "cgroup.type",  "cgroup.subtree_control" };
	int rc = name_check(key, "a cgroup file", err);

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(managed); i++)
		if (strcmp(key, managed[i]) == 0)
			rc = cleat_fail(err, EINVAL, "'%s' is not a limit", key);
	if (rc == 0 && !strchr(key, '.'))
		rc = cleat_fail(err, EINVAL, "'%.80s' is no cgroup file: it has no controller",
				key);
	return rc;
}

int limits_read_unified(struct limits_reader *r, struct cleat_error *err)
{
	int v2 = cgroup_tree_v2(r->tree);

	if (json_len(r->object) > 0 && (v2 < 0 || r->tree->layout != CGROUP_V2))
		return cleat_fail(err, ENOTSUP, "this machine does not have unified cgroups (v2)");
	for (size_t i = 0; i < json_len(r->object); i++) {
		const char *key = json_key(r->object, i);
		const char *value = json_text(json_at(r->object, i));
		int rc = check_unified_key(key, err);

		if (rc == 0 && !value)
			rc = cleat_fail(err, EINVAL, "%s must be a string", key);
		if (rc == 0 && *value)
			rc = limits_add(r, "unified", "unified limit",
					strchr(value, '\n') ? WRITE_LINES : 0, key, err, "%s",
					value);
		if (rc < 0)
			return rc;
	}
	return 0;
}
