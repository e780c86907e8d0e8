/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_limits_io.c - resources.blockIO: weights and throttles. */
#include <errno.h>
#include <inttypes.h>

#include <cleat/cleanup.h>

#include "cgroup_convert.h"
#include "cgroup_limits.h"

static bool is_v2(const struct limits_reader *r)
{
	return cgroup_tree_home(r->tree, "blkio") >= 0 && limits_version(r, "blkio") == 2;
}

static int check_weight(const char *key, uint64_t weight, struct cleat_error *err)
{
	if (weight == 0 || (weight >= 10 && weight <= 1000))
		return 0;
	return cleat_fail(err, EINVAL, "%s must be 10 to 1000, not %" PRIu64, key, weight);
}

static int read_weight(const struct json *object, const char *key, uint64_t *out,
		       struct cleat_error *err)
{
	*out = 0;
	int rc = json_get_u64(object, key, out, err);

	return rc < 0 ? rc : check_weight(key, *out, err);
}

static int add_weights(struct limits_reader *r, struct cleat_error *err)
{
	uint64_t weight = 0;
	uint64_t leaf = 0;
	int rc = read_weight(r->object, "weight", &weight, err);

	if (rc == 0)
		rc = read_weight(r->object, "leafWeight", &leaf, err);
	if (rc == 0 && weight && is_v2(r)) {
		/* BFQ's file counts as the specification does; io.weight is what io.cost reads */
		rc = limits_add(r, "io", "block I/O weight", 0, "io.bfq.weight", err, "%" PRIu64,
				weight);
		if (rc == 0)
			limits_or_file(r, "io.weight");
	} else if (rc == 0 && weight) {
		rc = limits_add(r, "blkio", "block I/O weight", 0, "blkio.weight", err, "%" PRIu64,
				weight);
		if (rc == 0)
			limits_or_file(r, "blkio.bfq.weight");
	}
	if (rc == 0 && leaf)
		rc = limits_add(r, "blkio", "block I/O leaf weight", 0,
				is_v2(r) ? NULL : "blkio.leaf_weight", err, "%" PRIu64, leaf);
	return rc;
}

struct device {
	uint64_t major, minor;
};

static int read_device(const struct json *item, struct device *out, struct cleat_error *err)
{
	out->major = UINT64_MAX;
	out->minor = UINT64_MAX;
	int rc = json_get_u64(item, "major", &out->major, err);

	if (rc == 0)
		rc = json_get_u64(item, "minor", &out->minor, err);
	if (rc == 0 && (out->major > UINT32_MAX || out->minor > UINT32_MAX))
		rc = cleat_fail(err, EINVAL, "a device needs major and minor");
	return rc;
}

static int add_device_weight(struct limits_reader *r, const struct json *item,
			     struct cleat_error *err)
{
	struct device d;
	uint64_t weight = 0;
	uint64_t leaf = 0;
	int rc = read_device(item, &d, err);

	if (rc == 0)
		rc = read_weight(item, "weight", &weight, err);
	if (rc == 0)
		rc = read_weight(item, "leafWeight", &leaf, err);
	if (rc == 0 && weight && is_v2(r)) {
		rc = limits_add(r, "io", "block I/O device weight", WRITE_LINES, "io.bfq.weight",
				err, "%" PRIu64 ":%" PRIu64 " %" PRIu64, d.major, d.minor, weight);
		if (rc == 0)
			limits_or_file(r, "io.weight");
	} else if (rc == 0 && weight) {
		rc = limits_add(r, "blkio", "block I/O device weight", WRITE_LINES,
				"blkio.weight_device", err, "%" PRIu64 ":%" PRIu64 " %" PRIu64,
				d.major, d.minor, weight);
		if (rc == 0)
			limits_or_file(r, "blkio.bfq.weight_device");
	}
	if (rc == 0 && leaf)
		rc = limits_add(r, "blkio", "block I/O device leaf weight", WRITE_LINES,
				is_v2(r) ? NULL : "blkio.leaf_weight_device", err,
				"%" PRIu64 ":%" PRIu64 " %" PRIu64, d.major, d.minor, leaf);
	return rc;
}

static const struct throttle {
	const char *key, *v1_file, *v2_word;
} throttles[] = {
	{ "throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps" },
	{ "throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps" },
	{ "throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops" },
	{ "throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops" },
};

static int add_throttle(struct limits_reader *r, const struct throttle *t, const struct json *item,
			struct cleat_error *err)
{
	struct device d;
	uint64_t rate = 0;
	int rc = read_device(item, &d, err);

	if (rc == 0)
		rc = json_get_u64(item, "rate", &rate, err);
	if (rc < 0)
		return rc;
	if (!is_v2(r))
		return limits_add(r, "blkio", t->key, WRITE_LINES, t->v1_file, err,
				  "%" PRIu64 ":%" PRIu64 " %" PRIu64, d.major, d.minor, rate);
	if (rate == 0) /* version 1 reads 0 as "no limit" */
		return limits_add(r, "io", t->key, WRITE_LINES, "io.max", err,
				  "%" PRIu64 ":%" PRIu64 " %s=max", d.major, d.minor, t->v2_word);
	return limits_add(r, "io", t->key, WRITE_LINES, "io.max", err,
			  "%" PRIu64 ":%" PRIu64 " %s=%" PRIu64, d.major, d.minor, t->v2_word,
			  rate);
}

static int add_throttles(struct limits_reader *r, const struct throttle *t, struct cleat_error *err)
{
	const struct json *list = NULL;
	int rc = json_get_node(r->object, t->key, JSON_ARRAY, &list, err);

	for (size_t i = 0; rc == 0 && i < json_len(list); i++) {
		rc = add_throttle(r, t, json_at(list, i), err);
		if (rc < 0)
			return cleat_wrap(err, "%s", t->key);
	}
	return rc;
}

int limits_read_block_io(struct limits_reader *r, struct cleat_error *err)
{
	const struct json *devices = NULL;
	int rc = add_weights(r, err);

	if (rc == 0)
		rc = json_get_node(r->object, "weightDevice", JSON_ARRAY, &devices, err);
	for (size_t i = 0; rc == 0 && i < json_len(devices); i++)
		rc = add_device_weight(r, json_at(devices, i), err);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(throttles); i++)
		rc = add_throttles(r, &throttles[i], err);
	return rc;
}
