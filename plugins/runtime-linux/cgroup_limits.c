/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_limits.c - linux.resources as a list of writes. */
#include "cgroup_limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

/* The members of linux.resources. `devices` is a list of rules, not of limits. */
static const struct {
	const char *key;
	enum json_type type;
	int (*read)(struct limits_reader *r, struct cleat_error *err);
} controllers[] = {
	{ "memory", JSON_OBJECT, limits_read_memory },
	{ "cpu", JSON_OBJECT, limits_read_cpu },
	{ "pids", JSON_OBJECT, limits_read_pids },
	{ "blockIO", JSON_OBJECT, limits_read_block_io },
	{ "hugepageLimits", JSON_ARRAY, limits_read_huge_pages },
	{ "network", JSON_OBJECT, limits_read_network },
	{ "rdma", JSON_OBJECT, limits_read_rdma },
	{ "unified", JSON_OBJECT, limits_read_unified }, /* last: it may correct the others */
};

int limits_version(const struct limits_reader *r, const char *controller)
{
	int home = cgroup_tree_home(r->tree, controller);

	return home < 0 ? 0 : r->tree->roots[home].version;
}

static struct cgroup_write *new_write(struct cgroup_limits *limits)
{
	if (limits->n == limits->room) {
		size_t room = limits->room ? limits->room * 2 : 16;
		struct cgroup_write *bigger =
			reallocarray(limits->writes, room, sizeof(*limits->writes));

		if (!bigger)
			return NULL;
		limits->writes = bigger;
		limits->room = room;
	}
	limits->writes[limits->n] = (struct cgroup_write){ 0 };
	return &limits->writes[limits->n];
}

int limits_add(struct limits_reader *r, const char *controller, const char *what,
	       unsigned int flags, const char *file, struct cleat_error *err, const char *fmt, ...)
{
	_cleanup_free_ char *value = NULL;
	int home = cgroup_tree_home(r->tree, controller);
	va_list args;

	va_start(args, fmt);
	int len = vasprintf(&value, fmt, args);

	va_end(args);
	if (len < 0) {
		value = NULL; /* vasprintf leaves it undefined */
		return cleat_fail(err, ENOMEM, "cannot set %s: %m", what);
	}
	if (home < 0)
		return cleat_fail(err, ENOTSUP,
				  "cannot set %s to %.100s: the %s controller is not mounted", what,
				  value, controller);
	if (!file)
		return cleat_fail(err, ENOTSUP,
				  "cannot set %s to %.100s: cgroup v%d has no such limit", what,
				  value, r->tree->roots[home].version);
	struct cgroup_write *write = new_write(r->out);

	if (!write)
		return cleat_fail(err, ENOMEM, "cannot set %s: %m", what);
	write->what = what;
	write->file = strdup(file);
	if (!write->file)
		return cleat_fail(err, ENOMEM, "cannot set %s: %m", what);
	write->value = take_ptr(value);
	write->root = home;
	write->flags = flags;
	r->out->n++;
	return 0;
}

void limits_or_file(struct limits_reader *r, const char *file)
{
	r->out->writes[r->out->n - 1].other_file = file;
}

static int parse(struct limits_reader *r, const struct json *resources, struct cleat_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		rc = json_get_node(resources, controllers[i].key, controllers[i].type, &r->object,
				   err);
		if (rc == 0 && r->object)
			rc = controllers[i].read(r, err);
		if (rc < 0)
			return cleat_wrap(err, "linux.resources.%s", controllers[i].key);
	}
	if (json_get_node(resources, "devices", JSON_ARRAY, &r->out->devices, err) < 0)
		return cleat_wrap(err, "linux.resources");
	return 0;
}

int cgroup_limits_parse(const struct cgroup_tree *tree, const struct json *resources,
			int64_t memory_limit_now, struct cgroup_limits *out,
			struct cleat_error *err)
{
	struct limits_reader reader = {
		.tree = tree,
		.memory_limit_now = memory_limit_now,
		.out = out,
	};

	*out = (struct cgroup_limits){ 0 };
	if (!resources)
		return 0;
	if (json_type(resources) != JSON_OBJECT)
		return cleat_fail(err, EINVAL, "linux.resources must be an object");
	int rc = parse(&reader, resources, err);

	if (rc < 0)
		cgroup_limits_fini(out);
	return rc;
}

void cgroup_limits_fini(struct cgroup_limits *limits)
{
	for (size_t i = 0; i < limits->n; i++) {
		free(limits->writes[i].file);
		free(limits->writes[i].value);
	}
	free(limits->writes);
	*limits = (struct cgroup_limits){ 0 };
}
