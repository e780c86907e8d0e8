/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_devices.c - read device rules. */
#include "cgroup_devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

#define READ  BPF_DEVCG_ACC_READ
#define WRITE BPF_DEVCG_ACC_WRITE
#define MKNOD BPF_DEVCG_ACC_MKNOD
#define ALL   (READ | WRITE | MKNOD)

/* What a container has whatever its configuration says, as with every other runtime: nodes may be
 * made (they are of no use without read or write), and these may be used. */
static const struct device_rule ours[] = {
	{ true, 'c', DEVICE_ANY, DEVICE_ANY, MKNOD },
	{ true, 'b', DEVICE_ANY, DEVICE_ANY, MKNOD },
	{ true, 'c', 1, 3, ALL },            /* null */
	{ true, 'c', 1, 5, ALL },            /* zero */
	{ true, 'c', 1, 7, ALL },            /* full */
	{ true, 'c', 1, 8, ALL },            /* random */
	{ true, 'c', 1, 9, ALL },            /* urandom */
	{ true, 'c', 5, 0, ALL },            /* tty */
	{ true, 'c', 5, 1, ALL },            /* console */
	{ true, 'c', 136, DEVICE_ANY, ALL }, /* pts/N */
	{ true, 'c', 5, 2, ALL },            /* ptmx */
	{ true, 'c', 10, 200, ALL },         /* net/tun */
};

static int read_number(const struct json *item, const char *key, uint32_t *out,
		       struct cleat_error *err)
{
	int64_t value = -1;
	int rc = json_get_i64(item, key, &value, err);

	if (rc < 0)
		return rc;
	if (value < -1 || value >= UINT32_MAX)
		return cleat_fail(err, EINVAL, "%s must be a device number, or -1 for any", key);
	*out = value == -1 ? DEVICE_ANY : (uint32_t)value;
	return 0;
}

static int read_access(const char *text, uint32_t *out, struct cleat_error *err)
{
	*out = text && *text ? 0 : ALL;
	for (; text && *text; text++) {
		if (*text == 'r')
			*out |= READ;
		else if (*text == 'w')
			*out |= WRITE;
		else if (*text == 'm')
			*out |= MKNOD;
		else
			return cleat_fail(err, EINVAL, "access is made of r, w and m, not '%c'",
					  *text);
	}
	return 0;
}

static int read_rule(const struct json *item, struct device_rule *out, struct cleat_error *err)
{
	const char *type = "a";
	const char *access = NULL;

	if (json_type(json_get(item, "allow")) != JSON_BOOL)
		return cleat_fail(err, EINVAL, "allow must be true or false");
	out->allow = json_is_true(json_get(item, "allow"));
	int rc = json_get_text(item, "type", &type, err);

	if (rc == 0)
		rc = json_get_text(item, "access", &access, err);
	if (rc == 0)
		rc = read_number(item, "major", &out->major, err);
	if (rc == 0)
		rc = read_number(item, "minor", &out->minor, err);
	if (rc == 0)
		rc = read_access(access, &out->access, err);
	if (rc < 0)
		return rc;
	/* "u" is the specification's old word for an unbuffered character device */
	if (strlen(type) > 1 || !strchr("abcu", *type))
		return cleat_fail(err, EINVAL, "type must be a, b or c, not '%.20s'", type);
	out->type = *type == '\0' ? 'a' : *type == 'u' ? 'c' : *type;
	return 0;
}

int device_rules_read(const struct json *devices, struct device_rules *out, struct cleat_error *err)
{
	size_t n = json_len(devices);
	struct device_rule *list = calloc(n + ARRAY_SIZE(ours), sizeof(*list));

	*out = (struct device_rules){ .list = list };
	if (!list)
		return cleat_fail(err, ENOMEM, "cannot read device rules: %m");
	for (size_t i = 0; i < n; i++) {
		int rc = read_rule(json_at(devices, i), &list[i], err);

		if (rc < 0) {
			device_rules_fini(out);
			return cleat_wrap(err, "linux.resources.devices[%zu]", i);
		}
	}
	memcpy(list + n, ours, sizeof(ours));
	out->n = n + ARRAY_SIZE(ours);
	return 0;
}

void device_rules_fini(struct device_rules *rules)
{
	free(rules->list);
	*rules = (struct device_rules){ 0 };
}
