/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_unit.h - a container's cgroup as a transient scope of systemd.
 *
 * systemd is asked for the scope with the container's first process in it, and told the limits as
 * properties, so that it keeps them at a daemon-reload. The files are written by us all the same: there
 * are more of them than properties, and Delegate makes the cgroup ours.
 */
#ifndef RUNTIME_LINUX_SYSTEMD_UNIT_H
#define RUNTIME_LINUX_SYSTEMD_UNIT_H

#include "cgroup_devices.h"
#include "dbus_message.h"

#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/json.h>

struct systemd_unit {
	char name[256]; /**< "libpod-ID.scope" */
	char slice[256];
	bool started;                 /**< there may be something to stop */
	bool user;                    /**< of the user's own systemd, not the system's */
	struct dbus_bytes properties; /**< as items of a(sv), of what the configuration limits */
};

/**
 * Read @text, "SLICE:PREFIX:NAME" or NULL, for container @id: names of unit and slice in *@out, and the
 * unit's cgroup below the manager's own, malloc'ed, in *@out_path. EINVAL.
 */
int systemd_unit_plan(const char *text, const char *id, bool user, struct systemd_unit *out,
		      char **out_path, struct cleat_error *err);
/** Append what linux.resources says; @version is that of systemd's own hierarchies. */
int systemd_unit_add_resources(struct systemd_unit *unit, int version, const struct json *resources,
			       const struct device_rules *devices, struct cleat_error *err);
/** Append annotations "org.systemd.property.NAME", whose values are written as GVariant texts. */
int systemd_unit_add_annotations(struct systemd_unit *unit, const struct json *annotations,
				 struct cleat_error *err);
/** The cgroup of the user's manager, which unit paths are below; malloc'ed. */
int systemd_unit_user_root(char **out_path, struct cleat_error *err);
/** Start it with @pid in it and wait until that is done. A failed unit of the name is swept away first. */
int systemd_unit_start(const struct systemd_unit *unit, const char *id, pid_t pid,
		       struct cleat_error *err);
/** Change its properties for as long as it runs. */
int systemd_unit_update(const struct systemd_unit *unit, struct cleat_error *err);
/** Stop and forget it. Not there: success. */
int systemd_unit_stop(const char *name, bool user, struct cleat_error *err);
void systemd_unit_fini(struct systemd_unit *unit);

#endif
