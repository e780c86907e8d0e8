/* SPDX-License-Identifier: Apache-2.0 */
/* systemd_unit.c - start, change and stop a scope, and wait until systemd has done it. */
#include "systemd_unit.h"

#include "dbus.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEMD "org.freedesktop.systemd1"

static const struct dbus_target manager = { SYSTEMD, "/org/freedesktop/systemd1",
					    SYSTEMD ".Manager" };
static const struct dbus_target properties = { SYSTEMD, "/org/freedesktop/systemd1",
					       "org.freedesktop.DBus.Properties" };
static const struct dbus_target broker = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
					   "org.freedesktop.DBus" };

/* systemd sends signals only to who has subscribed, and the bus only to who has asked for them. */
static int listen_for_jobs(struct dbus *bus, struct cleat_error *err)
{
	struct dbus_bytes body = { 0 };
	struct dbus_message answer;
	int r = 0;

	if (bus->private)
		return 0;
	dbus_put_text(&body, "type='signal',sender='" SYSTEMD "',interface='" SYSTEMD
			     ".Manager',member='JobRemoved'");
	r = dbus_call(bus, &broker, "AddMatch", "s", &body, &answer, err);
	dbus_bytes_fini(&body);
	return r < 0 ? r : dbus_call(bus, &manager, "Subscribe", "", NULL, &answer, err);
}

/* JobRemoved(u id, o job, s unit, s result) of @job. */
static int wait_for_job(struct dbus *bus, const char *job, const char *unit,
			struct cleat_error *err)
{
	for (;;) {
		struct dbus_message signal;
		const char *this_job = NULL;
		const char *name = NULL;
		const char *result = NULL;
		uint32_t id = 0;
		size_t at = 0;
		int r = dbus_wait_signal(bus, "JobRemoved", &signal, err);

		if (r < 0)
			return r;
		if (!dbus_get_u32(&signal, &at, &id) || !dbus_get_text(&signal, &at, &this_job) ||
		    !dbus_get_text(&signal, &at, &name) || !dbus_get_text(&signal, &at, &result))
			return cleat_fail(err, EBADMSG, "systemd's JobRemoved cannot be read");
		if (strcmp(this_job, job) != 0)
			continue;
		return strcmp(result, "done") == 0
			       ? 0
			       : cleat_fail(err, EIO, "systemd: the job for '%s' ended with '%s'",
					    unit, result);
	}
}

/* A call that answers with a job, until that job is done. */
static int do_job(struct dbus *bus, const char *member, const char *signature,
		  const struct dbus_bytes *body, const char *unit, struct dbus_message *answer,
		  struct cleat_error *err)
{
	const char *job = NULL;
	size_t at = 0;
	int r = dbus_call(bus, &manager, member, signature, body, answer, err);

	if (r < 0)
		return r;
	if (!dbus_get_text(answer, &at, &job))
		return cleat_fail(err, EBADMSG, "systemd's answer to %s cannot be read", member);
	_cleanup_free_ char *copy = strdup(job); /* the answer goes with the next message */

	return copy ? wait_for_job(bus, copy, unit, err)
		    : cleat_fail(err, ENOMEM, "cannot wait for systemd: %m");
}

/* What every container's scope has. */
static void put_basics(struct dbus_bytes *out, const struct systemd_unit *unit, const char *id,
		       pid_t pid)
{
	static const char *const accounted[] = { "CPUAccounting", "MemoryAccounting",
						 "TasksAccounting", "IOAccounting" };
	char description[256];

	(void)snprintf(description, sizeof(description), "cleat container %s", id);
	dbus_put_property(out, "Description", "s");
	dbus_put_text(out, description);
	dbus_put_property(out, "Slice", "s");
	dbus_put_text(out, unit->slice);
	dbus_put_flag(out, "Delegate", true);
	dbus_put_flag(out, "DefaultDependencies", false);
	for (size_t i = 0; i < ARRAY_SIZE(accounted); i++)
		dbus_put_flag(out, accounted[i], true);
	dbus_put_property(out, "PIDs", "au");
	size_t begun = dbus_begin_array(out, 4);

	dbus_put_u32(out, (uint32_t)pid);
	dbus_end_array(out, begun, 4);
}

/* The items were laid out from an offset that is a multiple of 8, as this one is. */
static void put_properties(struct dbus_bytes *out, const struct systemd_unit *unit)
{
	dbus_align(out, 8);
	if (unit->properties.n)
		dbus_put_bytes(out, unit->properties.bytes, unit->properties.n);
}

static int start(struct dbus *bus, const struct systemd_unit *unit, const char *id, pid_t pid,
		 bool *out_exists, struct cleat_error *err)
{
	struct dbus_bytes body = { 0 };
	struct dbus_message answer = { 0 };

	dbus_put_text(&body, unit->name);
	dbus_put_text(&body, "fail");
	size_t begun = dbus_begin_array(&body, 8);

	put_basics(&body, unit, id, pid);
	put_properties(&body, unit);
	dbus_end_array(&body, begun, 8);
	begun = dbus_begin_array(&body, 8); /* no auxiliary units */
	dbus_end_array(&body, begun, 8);
	int r = do_job(bus, "StartTransientUnit", "ssa(sv)a(sa(sv))", &body, unit->name, &answer,
		       err);

	*out_exists =
		r == -EREMOTEIO && answer.error && strcmp(answer.error, SYSTEMD ".UnitExists") == 0;
	dbus_bytes_fini(&body);
	return r;
}

static int call_with_name(struct dbus *bus, const char *member, const char *name,
			  struct cleat_error *err)
{
	struct dbus_bytes body = { 0 };
	struct dbus_message answer;

	dbus_put_text(&body, name);
	int r = dbus_call(bus, &manager, member, "s", &body, &answer, err);

	dbus_bytes_fini(&body);
	return r;
}

int systemd_unit_start(const struct systemd_unit *unit, const char *id, pid_t pid,
		       struct cleat_error *err)
{
	_cleanup_dbus_ struct dbus bus = { .fd = -1 };
	struct cleat_error ignored;
	bool exists = false;
	int r = dbus_open_systemd(&bus, unit->user, err);

	if (r == 0)
		r = listen_for_jobs(&bus, err);
	if (r == 0)
		r = start(&bus, unit, id, pid, &exists, err);
	/* A unit of that name that has failed long ago; one that lives refuses again. */
	if (exists && call_with_name(&bus, "ResetFailedUnit", unit->name, &ignored) == 0)
		r = start(&bus, unit, id, pid, &exists, err);
	return r < 0 && bus.fd >= 0 ? cleat_wrap(err, "cannot start '%s'", unit->name) : r;
}

int systemd_unit_update(const struct systemd_unit *unit, struct cleat_error *err)
{
	_cleanup_dbus_ struct dbus bus = { .fd = -1 };
	struct dbus_bytes body = { 0 };
	struct dbus_message answer;
	int r = dbus_open_systemd(&bus, unit->user, err);

	if (r < 0)
		return r;
	dbus_put_text(&body, unit->name);
	dbus_put_u32(&body, true); /* for as long as it runs */
	size_t begun = dbus_begin_array(&body, 8);

	put_properties(&body, unit);
	dbus_end_array(&body, begun, 8);
	r = dbus_call(&bus, &manager, "SetUnitProperties", "sba(sv)", &body, &answer, err);
	dbus_bytes_fini(&body);
	return r < 0 ? cleat_wrap(err, "cannot change '%s'", unit->name) : 0;
}

static bool is_no_such_unit(const struct cleat_error *err)
{
	return strncmp(err->text, SYSTEMD ".NoSuchUnit", strlen(SYSTEMD ".NoSuchUnit")) == 0;
}

int systemd_unit_stop(const char *name, bool user, struct cleat_error *err)
{
	_cleanup_dbus_ struct dbus bus = { .fd = -1 };
	struct dbus_bytes body = { 0 };
	struct dbus_message answer;
	struct cleat_error ignored;
	int r = dbus_open_systemd(&bus, user, err);

	if (r == 0)
		r = listen_for_jobs(&bus, err);
	if (r < 0)
		return r;
	dbus_put_text(&body, name);
	dbus_put_text(&body, "replace");
	r = do_job(&bus, "StopUnit", "ss", &body, name, &answer, err);
	dbus_bytes_fini(&body);
	if (r == -EREMOTEIO && is_no_such_unit(err))
		return 0;
	(void)call_with_name(&bus, "ResetFailedUnit", name, &ignored); /* most have not failed */
	return r < 0 ? cleat_wrap(err, "cannot stop '%s'", name) : 0;
}

int systemd_unit_user_root(char **out_path, struct cleat_error *err)
{
	_cleanup_dbus_ struct dbus bus = { .fd = -1 };
	struct dbus_bytes body = { 0 };
	struct dbus_message answer;
	const char *path = NULL;
	size_t at = 0;
	int r = dbus_open_systemd(&bus, true, err);

	if (r < 0)
		return r;
	dbus_put_text(&body, manager.interface);
	dbus_put_text(&body, "ControlGroup");
	r = dbus_call(&bus, &properties, "Get", "ss", &body, &answer, err);
	dbus_bytes_fini(&body);
	if (r < 0)
		return cleat_wrap(err, "cannot find the cgroup of your systemd");
	at = 3; /* the variant's signature: length, "s", NUL */
	if (answer.body_len < 4 || answer.body[1] != 's' || !dbus_get_text(&answer, &at, &path))
		return cleat_fail(err, EBADMSG, "systemd's answer for ControlGroup cannot be read");
	*out_path = strdup(path);
	return *out_path ? 0 : cleat_fail(err, ENOMEM, "cannot hold a path: %m");
}
