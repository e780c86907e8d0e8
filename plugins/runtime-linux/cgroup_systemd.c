/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_systemd.c - the driver that leaves the cgroup to systemd.
 *
 * The path is known beforehand from the names of slice and scope, so all else is as with our own: systemd
 * makes the scope's directory with the first process in it, we make those of the other hierarchies and
 * write the limits. Nothing of the container runs before that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_handle.h"
#include "systemd_unit.h"

#define SYSTEM "system:"
#define USER   "user:"

static void unit_free(struct systemd_unit *unit)
{
	if (unit)
		systemd_unit_fini(unit);
	free(unit);
}

static void unit_freep(struct systemd_unit **unit)
{
	unit_free(*unit);
}

void cgroup_systemd_free(struct cgroup *cg)
{
	unit_free(cg->unit);
	cg->unit = NULL;
}

/* systemd's own hierarchies: on a hybrid machine its controllers are version 1's. */
static int version_of(const struct cgroup *cg)
{
	return cg->tree.layout == CGROUP_V2 ? 2 : 1;
}

static int plan_names(const struct json *config, const char *id, struct systemd_unit *unit,
		      char **out_path, struct cleat_error *err)
{
	_cleanup_free_ char *below = NULL;
	_cleanup_free_ char *root = NULL;
	const char *text = NULL;
	int rc = json_get_text(json_get(config, "linux"), "cgroupsPath", &text, err);

	if (rc == 0)
		rc = systemd_unit_plan(text, id, geteuid() != 0, unit, &below, err);
	if (rc == 0 && unit->user)
		rc = systemd_unit_user_root(&root, err);
	if (rc < 0)
		return rc;
	if (asprintf(out_path, "%s%s", root ? root : "", below) < 0) {
		*out_path = NULL;
		return cleat_fail(err, ENOMEM, "cannot prepare a cgroup: %m");
	}
	return 0;
}

int cgroup_systemd_plan(const struct cleat_host *host, const struct json *config, const char *id,
			struct cgroup **out, struct cleat_error *err)
{
	_cleanup_(unit_freep) struct systemd_unit *unit = calloc(1, sizeof(*unit));
	_cleanup_(cgroup_freep) struct cgroup *cg = NULL;
	_cleanup_free_ char *path = NULL;
	struct cgroup_tree tree = { 0 };

	if (!unit)
		return cleat_fail(err, ENOMEM, "cannot prepare a cgroup: %m");
	int rc = plan_names(config, id, unit, &path, err);

	if (rc == 0)
		rc = cgroup_tree_detect(&tree, err);
	if (rc == 0)
		rc = cgroup_plan_path(host, &tree, config, path, true, &cg, err);
	if (rc == 0)
		rc = cgroup_open_dirs(cg, err);
	if (rc == 0 && cgroup_exists(cg))
		rc = cgroup_check_vacant(cg, err);
	if (rc == 0)
		rc = systemd_unit_add_resources(unit, version_of(cg),
						json_path(config, "linux.resources"), &cg->devices,
						err);
	if (rc == 0)
		rc = systemd_unit_add_annotations(unit, json_get(config, "annotations"), err);
	if (rc < 0)
		return rc;
	cg->unit = take_ptr(unit);
	*out = take_ptr(cg);
	return 0;
}

int cgroup_start_unit(struct cgroup *cg, const char *id, pid_t pid, struct cleat_error *err)
{
	if (!cg->unit)
		return 0;
	int rc = systemd_unit_start(cg->unit, id, pid, err);

	/* One that systemd has refused may be somebody else's. */
	cg->unit->started = rc == 0 || rc == -EIO || rc == -ETIMEDOUT || rc == -ECONNRESET;
	return rc < 0 ? rc : cgroup_make(cg, err);
}

bool cgroup_has_unit(const struct cgroup *cg)
{
	return cg->unit != NULL;
}

void cgroup_unit(const struct cgroup *cg, char *out, size_t size)
{
	*out = '\0';
	if (cg->unit)
		(void)snprintf(out, size, "%s%s", cg->unit->user ? USER : SYSTEM, cg->unit->name);
}

int cgroup_set_unit(struct cgroup *cg, const char *recorded, struct cleat_error *err)
{
	bool user = strncmp(recorded, USER, strlen(USER)) == 0;
	const char *colon = strchr(recorded, ':');

	if (!colon)
		return 0;
	cg->unit = calloc(1, sizeof(*cg->unit));
	if (!cg->unit)
		return cleat_fail(err, ENOMEM, "cannot load a cgroup: %m");
	cg->unit->user = user;
	cg->unit->started = true;
	(void)snprintf(cg->unit->name, sizeof(cg->unit->name), "%s", colon + 1);
	return 0;
}

int cgroup_systemd_update(const struct cgroup *cg, const struct json *resources,
			  struct cleat_error *err)
{
	if (!cg->unit)
		return 0;
	int rc = systemd_unit_add_resources(cg->unit, version_of(cg), resources, NULL, err);

	if (rc == 0 && cg->unit->properties.n)
		rc = systemd_unit_update(cg->unit, err);
	systemd_unit_fini(cg->unit);
	return rc;
}

/* Who cannot reach systemd can still remove the directories, and it will notice. */
void cgroup_systemd_stop(const struct cgroup *cg)
{
	struct cleat_error err = { 0 };

	if (cg->unit && cg->unit->started &&
	    systemd_unit_stop(cg->unit->name, cg->unit->user, &err) < 0 && cg->host)
		cg->host->log(cg->host, CLEAT_WARN, "%s", err.text);
}
