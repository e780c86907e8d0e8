/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_apply.c - write limits, to a new cgroup or to one that is in use.
 *
 * The kernel checks some pairs against each other: memory limit and memory+swap limit, period and
 * quota, quota and burst, weight and idle. Which of the two has to come first depends on whether
 * it goes up or down. So a write that is refused is tried once more after all the others.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"

struct progress {
	char *old;
	const char *file; /* the one that took the value */
	bool done;
};

/* Fill in the words "-" of @value from what the file says now. */
static int merge(int dir, const char *file, const char *value, char *out, size_t size)
{
	char now[64] = "";
	char a[32] = "";
	char b[32] = "";
	char now_a[32] = "";
	char now_b[32] = "";
	int n = cgroup_file_read(dir, file, now, sizeof(now));

	if (n < 0)
		return n;
	if (sscanf(value, "%31s %31s", a, b) != 2 || sscanf(now, "%31s %31s", now_a, now_b) != 2)
		return -EINVAL;
	(void)snprintf(out, size, "%s %s", strcmp(a, "-") == 0 ? now_a : a,
		       strcmp(b, "-") == 0 ? now_b : b);
	return 0;
}

static int put(int dir, const char *file, const struct cgroup_write *w)
{
	char merged[80];

	if (w->flags & WRITE_LINES)
		return cgroup_file_write_lines(dir, file, w->value);
	if (!(w->flags & WRITE_MERGE))
		return cgroup_file_write(dir, file, w->value);
	int rc = merge(dir, file, w->value, merged, sizeof(merged));

	return rc < 0 ? rc : cgroup_file_write(dir, file, merged);
}

static void remember(int dir, const char *file, const struct cgroup_write *w, struct progress *p)
{
	char text[4096];

	if (!p->old && !(w->flags & WRITE_LINES) &&
	    cgroup_file_read(dir, file, text, sizeof(text)) > 0)
		p->old = strdup(text); /* without memory there is no way back for this one */
}

static int put_one(const struct cgroup *cg, const struct cgroup_write *w, bool undo,
		   struct progress *p)
{
	int dir = cgroup_dir(cg, (size_t)w->root);
	int rc = -ENOENT;

	for (const char *file = w->file; file && rc == -ENOENT;
	     file = file == w->file ? w->other_file : NULL) {
		if (undo)
			remember(dir, file, w, p);
		rc = put(dir, file, w);
		p->file = file;
	}
	p->done = rc == 0;
	return rc == -ENOENT && (w->flags & WRITE_OPTIONAL) ? 0 : rc;
}

static int refuse(const struct cgroup *cg, const struct cgroup_write *w, int rc,
		  struct cleat_error *err)
{
	if (rc == -ENOENT)
		return cleat_fail(err, ENOTSUP,
				  "cannot set %s to %.100s: cgroup '%s' of %s has no %s%s%s",
				  w->what, w->value, cg->path, cg->tree.roots[w->root].mount_point,
				  w->file, *cg->not_enabled ? "; " : "", cg->not_enabled);
	return cleat_fail(err, -rc, "cannot set %s to %.100s: %m (%s of cgroup '%s')", w->what,
			  w->value, w->file, cg->path);
}

static bool may_try_again(int rc)
{
	return rc == -EINVAL || rc == -EBUSY;
}

static int put_all(const struct cgroup *cg, const struct cgroup_limits *limits, bool undo,
		   struct progress *progress, struct cleat_error *err)
{
	bool *again = calloc(limits->n + 1, sizeof(*again));
	int rc = again ? 0 : cleat_fail(err, ENOMEM, "cannot set limits: %m");

	for (size_t i = 0; i < limits->n && rc == 0; i++) {
		rc = put_one(cg, &limits->writes[i], undo, &progress[i]);
		again[i] = may_try_again(rc);
		if (again[i])
			rc = 0;
		else if (rc < 0)
			rc = refuse(cg, &limits->writes[i], rc, err);
	}
	for (size_t i = 0; i < limits->n && rc == 0; i++) {
		rc = again[i] ? put_one(cg, &limits->writes[i], undo, &progress[i]) : 0;
		if (rc < 0)
			rc = refuse(cg, &limits->writes[i], rc, err);
	}
	free(again);
	return rc;
}

/* Twice, for the same reason as above. */
static void put_back(const struct cgroup *cg, const struct cgroup_limits *limits,
		     const struct progress *progress)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = limits->n; i-- > 0;)
			if (progress[i].done && progress[i].old)
				(void)cgroup_file_write(
					cgroup_dir(cg, (size_t)limits->writes[i].root),
					progress[i].file, progress[i].old);
}

int cgroup_write_limits(const struct cgroup *cg, const struct cgroup_limits *limits, bool undo,
			struct cleat_error *err)
{
	_cleanup_free_ struct progress *progress = calloc(limits->n + 1, sizeof(*progress));

	if (!progress)
		return cleat_fail(err, ENOMEM, "cannot set limits: %m");
	int rc = put_all(cg, limits, undo, progress, err);

	if (rc < 0 && undo)
		put_back(cg, limits, progress);
	for (size_t i = 0; i < limits->n; i++)
		free(progress[i].old);
	return rc;
}

static int64_t memory_limit_now(const struct cgroup *cg)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "memory", &version);
	uint64_t bytes = 0;

	if (dir < 0 ||
	    cgroup_file_number(dir, version == 2 ? "memory.max" : "memory.limit_in_bytes", &bytes) <
		    0)
		return 0;
	/* version 1 has no "max" but the largest multiple of a page */
	return bytes > (uint64_t)INT64_MAX - 65536 ? -1 : (int64_t)bytes;
}

/* checkBeforeUpdate: version 1 refuses by itself, version 2 would start to kill. */
static int check_usage(const struct cgroup *cg, const struct cgroup_limits *limits,
		       struct cleat_error *err)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "memory", &version);
	uint64_t used = 0;

	if (!limits->check_before_update || limits->memory_limit <= 0 || version != 2 ||
	    cgroup_file_number(dir, "memory.current", &used) < 0 ||
	    used <= (uint64_t)limits->memory_limit)
		return 0;
	return cleat_fail(err, EBUSY,
			  "cannot set memory limit to %" PRId64 ": %" PRIu64 " bytes are in use",
			  limits->memory_limit, used);
}

static int update_devices(const struct cgroup *cg, const struct json *list, struct cleat_error *err)
{
	struct device_rules rules = { 0 };
	int version = 0;
	int dir = cgroup_dir_of(cg, "devices", &version);

	if (!list)
		return 0;
	int rc = device_rules_read(list, &rules, err);

	if (rc < 0)
		return rc;
	if (dir < 0)
		rc = cleat_fail(err, ENOTSUP, "cannot restrict devices: no hierarchy does that");
	else
		rc = version == 1 ? device_rules_write_v1(&rules, dir, err)
				  : device_rules_attach_v2(&rules, dir, err);
	device_rules_fini(&rules);
	return rc;
}

int cgroup_update(const struct cgroup *cg, const struct json *resources, struct cleat_error *err)
{
	struct cgroup_limits limits = { 0 };

	if (!cgroup_exists(cg))
		return cleat_fail(err, ENOENT, "cannot update limits: the container has no cgroup");
	int rc = cgroup_limits_parse(&cg->tree, resources, memory_limit_now(cg), &limits, err);

	if (rc < 0)
		return rc;
	rc = check_usage(cg, &limits, err);
	if (rc == 0)
		rc = cgroup_systemd_update(cg, resources, err);
	if (rc == 0)
		rc = cgroup_write_limits(cg, &limits, true, err);
	if (rc == 0)
		rc = update_devices(cg, limits.devices, err);
	cgroup_limits_fini(&limits);
	return rc;
}
