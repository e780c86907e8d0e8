/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.c - linux.devices and the rules for them.
 *
 * The harmless ones (null, zero, full, random, urandom, tty) are made by every runtime; here are
 * those a user names, all those of the host for a privileged container, and the allow-list.
 */
#include "devices.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { MAX_DEPTH = 8 };

/* What to do with each node found. */
struct visit {
	struct draft *draft;
	void (*emit)(const struct visit *visit, const char *path, const struct stat *st);
	const char *access, *host, *target; /* of the --device that it belongs to */
};

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

static void write_node(const struct visit *visit, const char *path, const struct stat *st)
{
	const struct draft *draft = visit->draft;

	json_out_object(draft->out);
	json_out_pair_text(draft->out, "type", S_ISBLK(st->st_mode) ? "b" : "c");
	json_out_pair_text(draft->out, "path", path);
	json_out_pair_u64(draft->out, "major", major(st->st_rdev));
	json_out_pair_u64(draft->out, "minor", minor(st->st_rdev));
	json_out_pair_u64(draft->out, "fileMode", st->st_mode & 07777);
	json_out_pair_u64(draft->out, "uid", st->st_uid);
	json_out_pair_u64(draft->out, "gid", st->st_gid);
	json_out_object_end(draft->out);
}

/* -1 stands for "any". */
static void write_rule(struct draft *draft, bool allow, const char *type, int64_t major_number,
		       int64_t minor_number, const char *access)
{
	json_out_object(draft->out);
	json_out_pair_bool(draft->out, "allow", allow);
	if (type)
		json_out_pair_text(draft->out, "type", type);
	if (major_number >= 0)
		json_out_pair_i64(draft->out, "major", major_number);
	if (minor_number >= 0)
		json_out_pair_i64(draft->out, "minor", minor_number);
	json_out_pair_text(draft->out, "access", access);
	json_out_object_end(draft->out);
}

static void write_allowed(const struct visit *visit, const char *path, const struct stat *st)
{
	(void)path;
	write_rule(visit->draft, true, S_ISBLK(st->st_mode) ? "b" : "c", major(st->st_rdev),
		   minor(st->st_rdev), visit->access);
}

/* The node of the host itself. What is below a directory is below it in both places. */
static void write_bind(const struct visit *visit, const char *path, const struct stat *st)
{
	_cleanup_free_ char *source =
		text_format("%s%s", visit->host, path + strlen(visit->target));

	(void)st;
	draft_mount(visit->draft, path, "bind", source ? source : "",
		    (const char *const[]){ "bind", "nosuid", "noexec", NULL });
}

/* Directories and nodes that the container has for itself. */
static bool is_private(const char *target)
{
	static const char *const list[] = { "/dev/pts",     "/dev/shm",  "/dev/mqueue", "/dev/fd",
					    "/dev/console", "/dev/ptmx", NULL };

	for (size_t i = 0; list[i]; i++)
		if (text_eq(target, list[i]))
			return true;
	return false;
}

static int walk(const struct visit *visit, int parent, const char *name, const char *target,
		int depth, struct cleat_error *err);

static int walk_entries(const struct visit *visit, DIR *dir, const char *target, int depth,
			struct cleat_error *err)
{
	const struct dirent *entry = NULL;

	while ((entry = readdir(dir))) {
		_cleanup_free_ char *below = NULL;

		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
			continue;
		below = text_format("%s/%s", target, entry->d_name);
		if (!below)
			return cleat_fail(err, ENOMEM, "out of memory");
		if (walk(visit, dirfd(dir), entry->d_name, below, depth, err) < 0)
			return -err->errnum;
	}
	return 0;
}

/* Visit the device @name, or all devices below the directory of that name. Links are not followed. */
static int walk(const struct visit *visit, int parent, const char *name, const char *target,
		int depth, struct cleat_error *err)
{
	struct stat st;

	if (depth > MAX_DEPTH || is_private(target))
		return 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : cleat_fail(err, errno, "cannot look at '%s': %m", target);
	if (is_device(&st))
		visit->emit(visit, target, &st);
	if (!S_ISDIR(st.st_mode))
		return 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		int why = errno;

		if (fd >= 0)
			(void)close(fd);
		return cleat_fail(err, why, "cannot read '%s': %m", target);
	}
	int r = walk_entries(visit, dir, target, depth + 1, err);

	(void)closedir(dir);
	return r;
}

static int check_access(const struct spec_device *device, struct cleat_error *err)
{
	if (device->access && (!*device->access || device->access[strspn(device->access, "rwm")]))
		return cleat_fail(err, EINVAL,
				  "cannot add device '%s': access '%s' must be made of r, w and m",
				  device->host, device->access);
	return 0;
}

/* One --device: a node (a link is followed, it is the host's own), or a directory of nodes. */
static int visit_device(struct visit *visit, const struct spec_device *device,
			struct cleat_error *err)
{
	const char *target =
		device->container && *device->container ? device->container : device->host;
	struct stat st;

	if (check_access(device, err) < 0)
		return -err->errnum;
	if (*device->host != '/' || *target != '/')
		return cleat_fail(err, EINVAL,
				  "cannot add device '%s': both paths must be absolute",
				  device->host);
	if (stat(device->host, &st) < 0)
		return cleat_fail(err, errno, "cannot add device '%s': %m", device->host);
	visit->access = device->access ? device->access : "rwm";
	visit->host = device->host;
	visit->target = target;
	if (S_ISDIR(st.st_mode))
		return walk(visit, AT_FDCWD, device->host, target, 0, err);
	if (!is_device(&st))
		return cleat_fail(err, EINVAL, "cannot add device '%s': it is not a device",
				  device->host);
	visit->emit(visit, target, &st);
	return 0;
}

static int visit_all(struct visit *visit, struct cleat_error *err)
{
	const struct spec_options *options = visit->draft->options;

	for (size_t i = 0; i < options->ndevices; i++) {
		const struct spec_device *device = &options->devices[i];
		bool same = !device->container || text_eq(device->container, device->host);

		if (options->privileged && same && text_starts(device->host, "/dev/"))
			continue; /* it has all of /dev already */
		if (visit_device(visit, device, err) < 0)
			return -err->errnum;
	}
	return 0;
}

int devices_write_mounts(struct draft *draft, struct cleat_error *err)
{
	struct visit visit = { .draft = draft, .emit = write_bind };

	return draft->options->map_size ? visit_all(&visit, err) : 0;
}

int draft_devices(struct draft *draft, struct cleat_error *err)
{
	struct visit visit = { .draft = draft, .emit = write_node };

	if (draft->options->map_size) /* nobody may make nodes there: devices_write_mounts */
		return 0;
	if (!draft->options->privileged && draft->options->ndevices == 0)
		return 0;
	json_out_key(draft->out, "devices");
	json_out_array(draft->out);
	if (draft->options->privileged && walk(&visit, AT_FDCWD, "/dev", "/dev", 0, err) < 0)
		return -err->errnum;
	if (visit_all(&visit, err) < 0)
		return -err->errnum;
	json_out_array_end(draft->out);
	return 0;
}

/* Nodes may be made of any kind, but only these may be opened. */
static void write_default_rules(struct draft *draft)
{
	static const int harmless[][2] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 2 }, { 136, -1 },
	};

	write_rule(draft, false, NULL, -1, -1, "rwm");
	write_rule(draft, true, "c", -1, -1, "m");
	write_rule(draft, true, "b", -1, -1, "m");
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		write_rule(draft, true, "c", harmless[i][0], harmless[i][1], "rwm");
}

int devices_write_rules(struct draft *draft, struct cleat_error *err)
{
	struct visit visit = { .draft = draft, .emit = write_allowed };

	json_out_key(draft->out, "devices");
	json_out_array(draft->out);
	if (draft->options->privileged)
		write_rule(draft, true, NULL, -1, -1, "rwm");
	else
		write_default_rules(draft);
	if (visit_all(&visit, err) < 0)
		return -err->errnum;
	json_out_array_end(draft->out);
	return 0;
}
