/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - cleat-oci update: limits from flags or from a document. */
#include "commands.h"
#include "existing.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { MAX_RESOURCES = 1 << 20 };
enum kind { NUMBER, BYTES, WORD };

/* A flag, and the member of linux.resources that it sets. Rows of one group stand together. */
struct limit {
	const char *group, *member, *flag;
	size_t offset;
	enum kind kind;
};
#define LIMIT(group, member, flag, field, kind)                              \
	{                                                                    \
		group, member, flag, offsetof(struct arguments, field), kind \
	}

static const struct limit limits[] = {
	LIMIT("memory", "limit", "memory", memory, BYTES),
	LIMIT("memory", "reservation", "memory-reservation", memory_reservation, BYTES),
	LIMIT("memory", "swap", "memory-swap", memory_swap, BYTES),
	LIMIT("cpu", "period", "cpu-period", cpu_period, NUMBER),
	LIMIT("cpu", "quota", "cpu-quota", cpu_quota, NUMBER),
	LIMIT("cpu", "burst", "cpu-burst", cpu_burst, NUMBER),
	LIMIT("cpu", "shares", "cpu-share", cpu_share, NUMBER),
	LIMIT("cpu", "realtimePeriod", "cpu-rt-period", cpu_rt_period, NUMBER),
	LIMIT("cpu", "realtimeRuntime", "cpu-rt-runtime", cpu_rt_runtime, NUMBER),
	LIMIT("cpu", "idle", "cpu-idle", cpu_idle, NUMBER),
	LIMIT("cpu", "cpus", "cpuset-cpus", cpuset_cpus, WORD),
	LIMIT("cpu", "mems", "cpuset-mems", cpuset_mems, WORD),
	LIMIT("pids", "limit", "pids-limit", pids_limit, NUMBER),
	LIMIT("intelRdt", "l3CacheSchema", "l3-cache-schema", l3_cache_schema, WORD),
	LIMIT("intelRdt", "memBwSchema", "mem-bw-schema", mem_bw_schema, WORD),
	LIMIT("blockIO", "weight", "blkio-weight", blkio_weight, NUMBER),
};

static const char *value_of(const struct arguments *arguments, const struct limit *limit)
{
	return *(const char *const *)((const char *)arguments + limit->offset);
}

static int to_number(const struct limit *limit, const char *value, int64_t *out)
{
	uint64_t bytes = 0;

	if (limit->kind == NUMBER || text_eq(value, "-1"))
		return text_to_i64(value, out);
	if (text_to_bytes(value, &bytes) < 0 || bytes > INT64_MAX)
		return -EINVAL;
	*out = (int64_t)bytes;
	return 0;
}

static int write_limit(struct json_out *out, const struct limit *limit, const char *value,
		       struct cleat_error *err)
{
	int64_t number = 0;

	if (limit->kind == WORD) {
		json_out_pair_text(out, limit->member, value);
		return 0;
	}
	if (to_number(limit, value, &number) < 0)
		return cleat_fail(err, EINVAL, "flag '--%s' takes a number, not '%.40s'",
				  limit->flag, value);
	json_out_pair_i64(out, limit->member, number);
	return 0;
}

static int write_limits(const struct arguments *arguments, struct json_out *out,
			struct cleat_error *err)
{
	const char *group = NULL;

	json_out_object(out);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const char *value = value_of(arguments, &limits[i]);

		if (!value)
			continue;
		if (!group || !text_eq(group, limits[i].group)) {
			if (group)
				json_out_object_end(out);
			group = limits[i].group;
			json_out_key(out, group);
			json_out_object(out);
		}
		if (write_limit(out, &limits[i], value, err) < 0)
			return -err->errnum;
	}
	if (!group)
		return cleat_fail(err, EINVAL, "nothing to update: give --resources or a limit");
	json_out_object_end(out);
	json_out_object_end(out);
	return 0;
}

static int from_flags(const struct arguments *arguments, char **out_json, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);

	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	if (write_limits(arguments, out, err) < 0)
		return -err->errnum;
	*out_json = json_out_take(out);
	return *out_json ? 0 : cleat_fail(err, ENOMEM, "out of memory");
}

static int from_file(const char *path, char **out_json, struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = text_eq(path, "-") ? fd_read_all(STDIN_FILENO, MAX_RESOURCES, &text, &len,
						 "standard input", err)
				   : fd_read_file(AT_FDCWD, path, MAX_RESOURCES, &text, &len, err);

	if (r < 0)
		return r;
	if (json_parse(text, len, &doc, err) < 0)
		return cleat_wrap(err, "cannot read resources '%s'", path);
	if (json_type(json_root(doc)) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "resources '%s' must be an object", path);
	*out_json = take_ptr(text);
	return 0;
}

int oci_update(const struct arguments *arguments, struct cleat_error *err)
{
	_cleanup_container_ struct container container = CONTAINER_NONE;
	_cleanup_free_ char *json = NULL;

	if (container_open_settled(arguments, &container, err) < 0)
		return -err->errnum;
	if (container.state.status == CLEAT_STOPPED)
		return cleat_fail(err, ESRCH, "container not running");
	int r = arguments->resources ? from_file(arguments->resources, &json, err)
				     : from_flags(arguments, &json, err);

	return r < 0 || !json ? r : use_runtime_update(container.box, json, strlen(json), err);
}
