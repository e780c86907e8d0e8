/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_limits_cpu.c - resources.cpu: shares, quota, burst, real time, idle, and cpusets. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cgroup_convert.h"
#include "cgroup_limits.h"

#define UNSET INT64_MIN

struct cpu {
	uint64_t shares, period, burst, rt_period;
	int64_t quota, rt_runtime, idle;
	const char *cpus, *mems;
};

static int read_members(const struct json *o, struct cpu *c, struct cleat_error *err)
{
	int rc = json_get_u64(o, "shares", &c->shares, err);

	if (rc == 0)
		rc = json_get_i64(o, "quota", &c->quota, err);
	if (rc == 0)
		rc = json_get_u64(o, "period", &c->period, err);
	if (rc == 0)
		rc = json_get_u64(o, "burst", &c->burst, err);
	if (rc == 0)
		rc = json_get_i64(o, "realtimeRuntime", &c->rt_runtime, err);
	if (rc == 0)
		rc = json_get_u64(o, "realtimePeriod", &c->rt_period, err);
	if (rc == 0)
		rc = json_get_i64(o, "idle", &c->idle, err);
	if (rc == 0)
		rc = json_get_text(o, "cpus", &c->cpus, err);
	if (rc == 0)
		rc = json_get_text(o, "mems", &c->mems, err);
	return rc;
}

static int check_list(const char *key, const char *list, struct cleat_error *err)
{
	/* the kernel takes "0-3,8", also "0-31:1/2" */
	if (!list || list[strspn(list, "0123456789,-:/")] == '\0')
		return 0;
	return cleat_fail(err, EINVAL, "%s must be a list such as 0-3,8, not '%.60s'", key, list);
}

static int check(const struct cpu *c, struct cleat_error *err)
{
	if (c->quota < -1)
		return cleat_fail(err, EINVAL, "quota must be microseconds or -1, not %" PRId64,
				  c->quota);
	if (c->idle != UNSET && c->idle != 0 && c->idle != 1)
		return cleat_fail(err, EINVAL, "idle must be 0 or 1, not %" PRId64, c->idle);
	int rc = check_list("cpus", c->cpus, err);

	return rc < 0 ? rc : check_list("mems", c->mems, err);
}

static int add_bandwidth_v1(struct limits_reader *r, const struct cpu *c, struct cleat_error *err)
{
	int rc = 0;

	if (c->period)
		rc = limits_add(r, "cpu", "CPU period", 0, "cpu.cfs_period_us", err, "%" PRIu64,
				c->period);
	if (rc == 0 && c->quota)
		rc = limits_add(r, "cpu", "CPU quota", 0, "cpu.cfs_quota_us", err, "%" PRId64,
				c->quota);
	return rc;
}

/* cpu.max holds both; the one that is not given stays. */
static int add_bandwidth_v2(struct limits_reader *r, const struct cpu *c, struct cleat_error *err)
{
	if (!c->period && !c->quota)
		return 0;
	if (!c->period && c->quota == -1)
		return limits_add(r, "cpu", "CPU quota", WRITE_MERGE, "cpu.max", err, "max -");
	if (!c->period)
		return limits_add(r, "cpu", "CPU quota", WRITE_MERGE, "cpu.max", err,
				  "%" PRId64 " -", c->quota);
	if (!c->quota)
		return limits_add(r, "cpu", "CPU period", WRITE_MERGE, "cpu.max", err, "- %" PRIu64,
				  c->period);
	if (c->quota == -1)
		return limits_add(r, "cpu", "CPU quota and period", 0, "cpu.max", err,
				  "max %" PRIu64, c->period);
	return limits_add(r, "cpu", "CPU quota and period", 0, "cpu.max", err,
			  "%" PRId64 " %" PRIu64, c->quota, c->period);
}

static int add_weight(struct limits_reader *r, const struct cpu *c, bool v2,
		      struct cleat_error *err)
{
	if (!c->shares)
		return 0;
	if (v2)
		return limits_add(r, "cpu", "CPU weight", 0, "cpu.weight", err, "%" PRIu64,
				  cgroup_weight_of_shares(c->shares));
	return limits_add(r, "cpu", "CPU shares", 0, "cpu.shares", err, "%" PRIu64, c->shares);
}

static int add_real_time(struct limits_reader *r, const struct cpu *c, bool v2,
			 struct cleat_error *err)
{
	int rc = 0;

	if (c->rt_period)
		rc = limits_add(r, "cpu", "real time period", 0, v2 ? NULL : "cpu.rt_period_us",
				err, "%" PRIu64, c->rt_period);
	if (rc == 0 && c->rt_runtime)
		rc = limits_add(r, "cpu", "real time runtime", 0, v2 ? NULL : "cpu.rt_runtime_us",
				err, "%" PRId64, c->rt_runtime);
	return rc;
}

static int add_sets(struct limits_reader *r, const struct cpu *c, struct cleat_error *err)
{
	int rc = 0;

	if (c->cpus && *c->cpus)
		rc = limits_add(r, "cpuset", "CPU list", 0, "cpuset.cpus", err, "%s", c->cpus);
	if (rc == 0 && c->mems && *c->mems)
		rc = limits_add(r, "cpuset", "memory node list", 0, "cpuset.mems", err, "%s",
				c->mems);
	return rc;
}

int limits_read_cpu(struct limits_reader *r, struct cleat_error *err)
{
	struct cpu c = { .idle = UNSET, .burst = UINT64_MAX };
	bool v2 = limits_version(r, "cpu") == 2;
	int rc = read_members(r->object, &c, err);

	if (rc == 0)
		rc = check(&c, err);
	if (rc == 0)
		rc = add_weight(r, &c, v2, err);
	if (rc == 0)
		rc = v2 ? add_bandwidth_v2(r, &c, err) : add_bandwidth_v1(r, &c, err);
	if (rc == 0 && c.burst != UINT64_MAX)
		rc = limits_add(r, "cpu", "CPU burst", c.burst ? 0 : WRITE_OPTIONAL,
				v2 ? "cpu.max.burst" : "cpu.cfs_burst_us", err, "%" PRIu64,
				c.burst);
	if (rc == 0)
		rc = add_real_time(r, &c, v2, err);
	if (rc == 0 && c.idle != UNSET) /* after the weight, which an idle group refuses */
		rc = limits_add(r, "cpu", "CPU idle", c.idle ? 0 : WRITE_OPTIONAL, "cpu.idle", err,
				"%" PRId64, c.idle);
	return rc < 0 ? rc : add_sets(r, &c, err);
}
