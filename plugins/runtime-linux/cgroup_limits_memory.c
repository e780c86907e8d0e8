/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_limits_memory.c - resources.memory.
 *
 * `swap` is memory plus swap, as version 1 counts; 0 means "not given" and -1 "no limit" in every
 * member. kernel and kernelTCP are ignored, as the kernel does since 6.1; so is useHierarchy.
 */
#include <errno.h>
#include <inttypes.h>

#include "cgroup_convert.h"
#include "cgroup_limits.h"

struct memory {
	int64_t limit, reservation, swap;
	uint64_t swappiness;
	bool no_killer;
};

static int check_range(const char *key, int64_t value, struct cleat_error *err)
{
	if (value >= -1)
		return 0;
	return cleat_fail(err, EINVAL, "%s must be a number of bytes or -1, not %" PRId64, key,
			  value);
}

static int read_members(const struct limits_reader *r, struct memory *m, struct cleat_error *err)
{
	struct {
		const char *key;
		int64_t *to;
	} rows[] = {
		{ "limit", &m->limit },
		{ "reservation", &m->reservation },
		{ "swap", &m->swap },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = json_get_i64(r->object, rows[i].key, rows[i].to, err);

		if (rc == 0)
			rc = check_range(rows[i].key, *rows[i].to, err);
		if (rc < 0)
			return rc;
	}
	int rc = json_get_u64(r->object, "swappiness", &m->swappiness, err);

	if (rc == 0 && m->swappiness != UINT64_MAX && m->swappiness > 200)
		rc = cleat_fail(err, EINVAL, "swappiness must be 0 to 200, not %" PRIu64,
				m->swappiness);
	if (rc == 0)
		rc = json_get_bool(r->object, "disableOOMKiller", &m->no_killer, err);
	if (rc == 0)
		rc = json_get_bool(r->object, "checkBeforeUpdate", &r->out->check_before_update,
				   err);
	return rc;
}

static int add_v1(struct limits_reader *r, const struct memory *m, struct cleat_error *err)
{
	int64_t swap = m->swap;
	unsigned int flags = 0;
	int rc = 0;

	if (m->limit)
		rc = limits_add(r, "memory", "memory limit", 0, "memory.limit_in_bytes", err,
				"%" PRId64, m->limit);
	if (swap == 0 && m->limit == -1)
		swap = -1; /* an old lower limit of both would hold otherwise */
	if (swap == -1)
		flags = WRITE_OPTIONAL; /* true by itself where swap is not accounted */
	if (rc == 0 && swap)
		rc = limits_add(r, "memory", "memory and swap limit", flags,
				"memory.memsw.limit_in_bytes", err, "%" PRId64, swap);
	if (rc == 0 && m->reservation)
		rc = limits_add(r, "memory", "memory reservation", 0, "memory.soft_limit_in_bytes",
				err, "%" PRId64, m->reservation);
	return rc;
}

static int add_bytes(struct limits_reader *r, const char *what, const char *file, int64_t bytes,
		     struct cleat_error *err)
{
	if (bytes == -1)
		return limits_add(r, "memory", what, 0, file, err, "max");
	return limits_add(r, "memory", what, 0, file, err, "%" PRId64, bytes);
}

static int add_v2(struct limits_reader *r, const struct memory *m, struct cleat_error *err)
{
	int64_t limit = m->limit ? m->limit : r->memory_limit_now;
	int64_t swap = m->swap;
	int64_t swap_max = 0;
	int rc = 0;

	if (swap == 0 && m->limit == -1)
		swap = -1;
	if (swap)
		rc = cgroup_swap_of_total(limit, swap, &swap_max, err);
	if (rc == 0 && m->limit)
		rc = add_bytes(r, "memory limit", "memory.max", m->limit, err);
	if (rc == 0 && swap)
		rc = add_bytes(r, "swap limit", "memory.swap.max", swap_max, err);
	/* without swap in the kernel there is none to use, and none to limit */
	if (rc == 0 && swap && swap_max <= 0)
		r->out->writes[r->out->n - 1].flags |= WRITE_OPTIONAL;
	if (rc == 0 && m->reservation)
		rc = add_bytes(r, "memory reservation", "memory.low", m->reservation, err);
	return rc;
}

/* The pair is wrong whatever the version; version 1 would only say EINVAL. */
static int check_pair(const struct limits_reader *r, const struct memory *m,
		      struct cleat_error *err)
{
	int64_t unused = 0;
	int64_t limit = m->limit ? m->limit : r->memory_limit_now;

	return m->swap > 0 ? cgroup_swap_of_total(limit, m->swap, &unused, err) : 0;
}

int limits_read_memory(struct limits_reader *r, struct cleat_error *err)
{
	struct memory m = { .swappiness = UINT64_MAX };
	int version = limits_version(r, "memory");
	int rc = read_members(r, &m, err);

	if (rc == 0)
		rc = check_pair(r, &m, err);
	if (rc == 0)
		rc = version == 2 ? add_v2(r, &m, err) : add_v1(r, &m, err);
	if (rc == 0 && m.swappiness != UINT64_MAX)
		rc = limits_add(r, "memory", "swappiness", 0,
				version == 2 ? NULL : "memory.swappiness", err, "%" PRIu64,
				m.swappiness);
	if (rc == 0 && m.no_killer)
		rc = limits_add(r, "memory", "disableOOMKiller", 0,
				version == 2 ? NULL : "memory.oom_control", err, "1");
	r->out->memory_limit = m.limit;
	return rc;
}
