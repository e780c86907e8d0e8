/* SPDX-License-Identifier: Apache-2.0 */
/* plan_linux.c - `linux`: namespaces, id mappings, devices, protected paths. */
#include "plan.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/sysmacros.h>

enum { MAX_IDMAPS = 340, ALL_MODES = 07777, DEFAULT_DEVICE_MODE = 0666 };

static const struct {
	const char *name;
	uint64_t flag;
} kinds[NS_KINDS] = {
	[NS_USER] = { "user", CLONE_NEWUSER },       [NS_MOUNT] = { "mount", CLONE_NEWNS },
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP }, [NS_UTS] = { "uts", CLONE_NEWUTS },
	[NS_IPC] = { "ipc", CLONE_NEWIPC },          [NS_NETWORK] = { "network", CLONE_NEWNET },
	[NS_TIME] = { "time", CLONE_NEWTIME },       [NS_PID] = { "pid", CLONE_NEWPID },
};

uint64_t plan_ns_flag(enum plan_ns ns)
{
	return kinds[ns].flag;
}

const char *plan_ns_name(enum plan_ns ns)
{
	return kinds[ns].name;
}

bool plan_ns_is_new(const struct plan *plan, enum plan_ns ns)
{
	return plan->namespaces[ns].wanted && !plan->namespaces[ns].path;
}

static int read_namespace(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	const char *type = NULL;
	const char *path = NULL;
	int r = json_get_text(node, "type", &type, err);

	if (r == 0)
		r = json_get_text(node, "path", &path, err);
	if (r == 0 && path && *path)
		r = plan_check_path(path, "path", err);
	if (r < 0)
		return r;
	for (int ns = 0; type && ns < NS_KINDS; ns++) {
		struct plan_namespace *slot = &plan->namespaces[ns];

		if (strcmp(kinds[ns].name, type) != 0)
			continue;
		if (slot->wanted)
			return cleat_fail(err, EINVAL, "type '%s' is listed twice", type);
		slot->wanted = true;
		slot->path = path && *path ? path : NULL;
		return 0;
	}
	return cleat_fail(err, EINVAL, "type '%s' is no kind of namespace", type ? type : "");
}

static int read_namespaces(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, "namespaces", JSON_ARRAY, &list, err);

	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		r = read_namespace(plan, json_at(list, i), err);
		if (r < 0)
			return cleat_wrap(err, "namespaces[%zu]", i);
	}
	return r;
}

static int read_idmap(const struct json *node, struct plan_idmap *row, struct cleat_error *err)
{
	uint64_t size = 0;
	int r = json_get_u32(node, "containerID", &row->inside, err);

	if (r == 0)
		r = json_get_u32(node, "hostID", &row->outside, err);
	if (r == 0)
		r = json_get_u64(node, "size", &size, err);
	if (r < 0)
		return r;
	if (size == 0 || size + row->inside > UINT32_MAX || size + row->outside > UINT32_MAX)
		return cleat_fail(err, EINVAL, "size must be at least 1 and stay within 32 bits");
	row->size = (uint32_t)size;
	return 0;
}

int plan_read_idmaps(struct plan *plan, const struct json *node, const char *key,
		     struct plan_idmaps *out, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, key, JSON_ARRAY, &list, err);

	if (r < 0 || json_len(list) == 0)
		return r;
	if (json_len(list) > MAX_IDMAPS)
		return cleat_fail(err, EINVAL, "%s has more than %d rows", key, MAX_IDMAPS);
	out->rows = plan_alloc(plan, json_len(list), sizeof(*out->rows));
	if (!out->rows)
		return cleat_fail(err, ENOMEM, "cannot hold %s: %m", key);
	for (; out->n < json_len(list); out->n++)
		if (read_idmap(json_at(list, out->n), &out->rows[out->n], err) < 0)
			return cleat_wrap(err, "%s[%zu]", key, out->n);
	return 0;
}

static int check_user_namespace(const struct plan *plan, struct cleat_error *err)
{
	bool mapped = plan->uids.n || plan->gids.n;

	if (plan_ns_is_new(plan, NS_USER) && !(plan->uids.n && plan->gids.n))
		return cleat_fail(err, EINVAL,
				  "a new user namespace needs uidMappings and gidMappings");
	if (mapped && !plan->namespaces[NS_USER].wanted)
		return cleat_fail(err, EINVAL, "id mappings need a user namespace");
	return 0;
}

static int read_time_offsets(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	static const char *const clocks[] = { "monotonic", "boottime" };
	const struct json *offsets = NULL;
	char lines[128];
	int used = 0;
	int r = json_get_node(node, "timeOffsets", JSON_OBJECT, &offsets, err);

	for (size_t i = 0; r == 0 && offsets && i < ARRAY_SIZE(clocks); i++) {
		int64_t secs = 0;
		uint32_t nanosecs = 0;
		const struct json *clock = NULL;

		r = json_get_node(offsets, clocks[i], JSON_OBJECT, &clock, err);
		if (r == 0)
			r = json_get_i64(clock, "secs", &secs, err);
		if (r == 0)
			r = json_get_u32(clock, "nanosecs", &nanosecs, err);
		if (r == 0 && clock)
			used += snprintf(lines + used, sizeof(lines) - (size_t)used,
					 "%s %" PRId64 " %" PRIu32 "\n", clocks[i], secs, nanosecs);
	}
	if (r < 0 || used == 0)
		return r;
	if (!plan_ns_is_new(plan, NS_TIME))
		return cleat_fail(err, EINVAL, "timeOffsets need a new time namespace");
	char *copy = plan_alloc(plan, 1, (size_t)used + 1);

	if (!copy)
		return cleat_fail(err, ENOMEM, "cannot hold timeOffsets: %m");
	memcpy(copy, lines, (size_t)used);
	plan->time_offsets = copy;
	return 0;
}

static int device_type(const char *type, mode_t *out)
{
	if (!type || strlen(type) != 1)
		return -EINVAL;
	switch (type[0]) {
	case 'c':
	case 'u':
		*out = S_IFCHR;
		return 0;
	case 'b':
		*out = S_IFBLK;
		return 0;
	case 'p':
		*out = S_IFIFO;
		return 0;
	default:
		return -EINVAL;
	}
}

static int read_device(const struct json *node, struct plan_device *d, struct cleat_error *err)
{
	const char *type = NULL;
	uint32_t mode = DEFAULT_DEVICE_MODE;
	int64_t major_number = -1;
	int64_t minor_number = -1;
	mode_t kind = 0;
	int r = json_get_text(node, "path", &d->path, err);

	if (r == 0)
		r = d->path ? plan_check_path(d->path, "path", err)
			    : cleat_fail(err, EINVAL, "path is missing");
	if (r == 0)
		r = json_get_text(node, "type", &type, err);
	if (r == 0 && device_type(type, &kind) < 0)
		r = cleat_fail(err, EINVAL, "type must be c, b, u or p");
	if (r == 0)
		r = json_get_u32(node, "fileMode", &mode, err);
	if (r == 0)
		r = json_get_i64(node, "major", &major_number, err);
	if (r == 0)
		r = json_get_i64(node, "minor", &minor_number, err);
	if (r == 0)
		r = json_get_u32(node, "uid", &d->uid, err);
	if (r == 0)
		r = json_get_u32(node, "gid", &d->gid, err);
	if (r < 0)
		return r;
	if (kind != S_IFIFO && (major_number < 0 || major_number > 0xfff || minor_number < 0 ||
				minor_number > 0xfffff))
		return cleat_fail(err, EINVAL, "major and minor must be given and in range");
	d->mode = kind | (mode & ALL_MODES);
	d->number = kind == S_IFIFO ? 0 : makedev((unsigned)major_number, (unsigned)minor_number);
	return 0;
}

static int read_devices(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(node, "devices", JSON_ARRAY, &list, err);

	if (r < 0)
		return r;
	plan->devices = plan_alloc(plan, json_len(list), sizeof(*plan->devices));
	if (!plan->devices)
		return cleat_fail(err, ENOMEM, "cannot hold the devices: %m");
	for (; plan->ndevices < json_len(list); plan->ndevices++)
		if (read_device(json_at(list, plan->ndevices), &plan->devices[plan->ndevices],
				err) < 0)
			return cleat_wrap(err, "devices[%zu]", plan->ndevices);
	return 0;
}

static int read_paths(struct plan *plan, const struct json *node, const char *key,
		      const char ***out, struct cleat_error *err)
{
	size_t n = 0;
	int r = plan_texts(plan, node, key, 0, out, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = plan_check_path((*out)[i], key, err);
	return r;
}

static int read_propagation(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} words[] = {
		{ "private", MS_PRIVATE },       { "rprivate", MS_PRIVATE | MS_REC },
		{ "slave", MS_SLAVE },           { "rslave", MS_SLAVE | MS_REC },
		{ "shared", MS_SHARED },         { "rshared", MS_SHARED | MS_REC },
		{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
	};
	const char *word = NULL;
	int r = json_get_text(node, "rootfsPropagation", &word, err);

	if (r < 0 || !word || !*word)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, word) != 0)
			continue;
		plan->propagation = words[i].flag;
		return 0;
	}
	return cleat_fail(err, EINVAL, "rootfsPropagation '%s' is unknown", word);
}

static int read_personality(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	const struct json *personality_node = NULL;
	const struct json *flags = NULL;
	const char *domain = NULL;
	int r = json_get_node(node, "personality", JSON_OBJECT, &personality_node, err);

	if (r < 0 || !personality_node)
		return r;
	r = json_get_text(personality_node, "domain", &domain, err);
	if (r == 0)
		r = json_get_node(personality_node, "flags", JSON_ARRAY, &flags, err);
	if (r < 0)
		return r;
	if (json_len(flags))
		return cleat_fail(err, ENOTSUP, "personality.flags are not supported");
	plan->process.has_personality = true;
	if (domain && strcmp(domain, "LINUX") == 0)
		plan->process.personality = PER_LINUX;
	else if (domain && strcmp(domain, "LINUX32") == 0)
		plan->process.personality = PER_LINUX32;
	else
		return cleat_fail(err, EINVAL, "personality.domain must be LINUX or LINUX32");
	return 0;
}

static int read_linux(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	const char *label = NULL;
	int r = read_namespaces(plan, node, err);

	if (r == 0)
		r = plan_read_idmaps(plan, node, "uidMappings", &plan->uids, err);
	if (r == 0)
		r = plan_read_idmaps(plan, node, "gidMappings", &plan->gids, err);
	if (r == 0)
		r = check_user_namespace(plan, err);
	if (r == 0)
		r = read_time_offsets(plan, node, err);
	if (r == 0)
		r = read_devices(plan, node, err);
	if (r == 0)
		r = read_paths(plan, node, "maskedPaths", &plan->masked, err);
	if (r == 0)
		r = read_paths(plan, node, "readonlyPaths", &plan->read_only, err);
	if (r == 0)
		r = read_propagation(plan, node, err);
	if (r == 0)
		r = json_get_text(node, "mountLabel", &label, err);
	if (r == 0 && label && *label)
		r = plan_label_mounts(plan, label, err);
	if (r == 0)
		r = read_personality(plan, node, err);
	if (r == 0)
		r = plan_read_memory_policy(plan, node, err);
	return r;
}

int plan_read_linux(struct plan *plan, const struct json *node, struct cleat_error *err)
{
	if (read_linux(plan, node, err) < 0)
		return cleat_wrap(err, "linux");
	return 0;
}
