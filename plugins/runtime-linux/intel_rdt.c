/* SPDX-License-Identifier: Apache-2.0 */
/* intel_rdt.c - classes of service as directories. The texts are intel_schemata.c's. */
#include "intel_rdt.h"

#include "intel_schemata.h"
#include "name.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define RESCTRL       "/sys/fs/resctrl"
#define RESCTRL_MAGIC 0x7655821

struct intel_rdt {
	int root;
	char clos[NAME_MAX + 1];         /* below root; "." for the default class */
	char monitor[2 * NAME_MAX + 16]; /* below root; "" for none */
	char recorded[3 * NAME_MAX + 64];
	char *schemata; /* what to write, or NULL */
	bool exists;    /* the class was there before us */
};

static int open_resctrl(struct cleat_error *err)
{
	struct statfs fs;
	_cleanup_close_ int fd = open(RESCTRL, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != RESCTRL_MAGIC)
		return cleat_fail(err, ENOTSUP,
				  "cannot use linux.intelRdt: no resctrl is mounted on " RESCTRL
				  "; it takes a CPU and a kernel that can allocate cache or memory "
				  "bandwidth, and 'mount -t resctrl resctrl " RESCTRL "'");
	return take_fd(&fd);
}

/* A class lies beside resctrl's own files and directories. */
static int check_clos(const char *name, struct cleat_error *err)
{
	static const char *const reserved[] = { "",           ".",        "..",       "info",
						"mon_groups", "mon_data", "tasks",    "cpus",
						"cpus_list",  "mode",     "schemata", "size" };

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return cleat_fail(err, EINVAL, "closID '%s' is reserved", name);
	if (strchr(name, '/') || strchr(name, '\n') || strlen(name) > NAME_MAX)
		return cleat_fail(err, EINVAL, "closID '%.80s' is no name of a directory", name);
	return 0;
}

static int open_class(const struct intel_rdt *rdt, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int fd = sys_openat2(rdt->root, path, &how);

	return fd < 0 ? -errno : fd;
}

static int choose_class(struct intel_rdt *rdt, const char *asked, const char *id,
			struct cleat_error *err)
{
	const char *name = asked && *asked ? asked : id;
	int r = strcmp(name, "/") == 0 ? 0 : check_clos(name, err);

	if (r < 0)
		return r;
	(void)snprintf(rdt->clos, sizeof(rdt->clos), "%s", strcmp(name, "/") == 0 ? "." : name);
	_cleanup_close_ int dir = open_class(rdt, rdt->clos);

	rdt->exists = dir >= 0;
	if (dir < 0 && dir != -ENOENT)
		return cleat_fail(err, -dir, "cannot open class '%s': %m", name);
	if (!rdt->exists && asked && *asked && !rdt->schemata)
		return cleat_fail(
			err, ENOENT,
			"class '%s' does not exist, and no schemata say what it should be", asked);
	return 0;
}

static void note_what_is_made(struct intel_rdt *rdt, bool monitored, const char *id)
{
	if (monitored)
		(void)snprintf(rdt->monitor, sizeof(rdt->monitor), "%s/mon_groups/%s", rdt->clos,
			       id);
	(void)snprintf(rdt->recorded, sizeof(rdt->recorded), "%s%s%s", rdt->monitor,
		       *rdt->monitor ? "\n" : "", rdt->exists ? "" : rdt->clos);
}

static int read_plan(struct intel_rdt *rdt, const struct json *node, const char *id,
		     struct cleat_error *err)
{
	const char *asked = NULL;
	bool monitored = false;
	int r = json_get_text(node, "closID", &asked, err);

	if (r == 0)
		r = json_get_bool(node, "enableMonitoring", &monitored, err);
	if (r == 0)
		r = intel_schemata_read(node, &rdt->schemata, err);
	if (r == 0)
		r = choose_class(rdt, asked, id, err);
	if (r == 0)
		note_what_is_made(rdt, monitored, id);
	return r;
}

int intel_rdt_plan_at(int root, const struct json *node, const char *id, struct intel_rdt **out,
		      struct cleat_error *err)
{
	struct intel_rdt *rdt = calloc(1, sizeof(*rdt));

	if (!rdt) {
		(void)close(root);
		return cleat_fail(err, ENOMEM, "cannot hold linux.intelRdt: %m");
	}
	rdt->root = root;
	if (read_plan(rdt, node, id, err) < 0) {
		intel_rdt_free(rdt);
		return cleat_wrap(err, "linux.intelRdt");
	}
	*out = rdt;
	return 0;
}

int intel_rdt_plan(const struct json *config, const char *id, struct intel_rdt **out,
		   struct cleat_error *err)
{
	const struct json *node = NULL;
	int r = json_get_node(json_get(config, "linux"), "intelRdt", JSON_OBJECT, &node, err);

	if (r < 0)
		return cleat_wrap(err, "linux");
	if (!node)
		return 0;
	int root = open_resctrl(err);

	return root < 0 ? root : intel_rdt_plan_at(root, node, id, out, err);
}

const char *intel_rdt_recorded(const struct intel_rdt *rdt)
{
	return rdt ? rdt->recorded : "";
}

/* In one write: resctrl takes all lines or none. The files are the filesystem's, but for tests. */
static int write_file(const struct intel_rdt *rdt, const char *class, const char *name,
		      const char *text)
{
	size_t len = strlen(text);
	_cleanup_close_ int dir = open_class(rdt, class);
	_cleanup_close_ int fd =
		dir < 0 ? -1 : openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return dir < 0 ? dir : -errno;
	return write(fd, text, len) == (ssize_t)len ? 0 : -errno;
}

/* resctrl explains its last refusal. */
static void read_reason(const struct intel_rdt *rdt, char *out, size_t size)
{
	_cleanup_close_ int fd = openat(rdt->root, "info/last_cmd_status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (strcmp(out, "ok") == 0)
		out[0] = '\0';
}

static int write_schemata(const struct intel_rdt *rdt, const char *schemata,
			  struct cleat_error *err)
{
	char why[160];
	int r = write_file(rdt, rdt->clos, "schemata", schemata);

	if (r == 0)
		return 0;
	read_reason(rdt, why, sizeof(why));
	return cleat_fail(err, -r, "cannot write the schemata of class '%s': %m%s%s", rdt->clos,
			  *why ? ": " : "", why);
}

static int compare(const struct intel_rdt *rdt, struct cleat_error *err)
{
	char now[16384];
	_cleanup_close_ int dir = open_class(rdt, rdt->clos);
	_cleanup_close_ int fd = dir < 0 ? -1 : openat(dir, "schemata", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, now, sizeof(now) - 1);

	if (n < 0)
		return cleat_fail(err, errno, "cannot read the schemata of class '%s': %m",
				  rdt->clos);
	now[n] = '\0';
	return intel_schemata_compare(rdt->schemata, now, rdt->clos, err);
}

static int make(const struct intel_rdt *rdt, const char *path, struct cleat_error *err)
{
	if (mkdirat(rdt->root, path, 0755) == 0)
		return 0;
	return cleat_fail(err, errno, "cannot make '%s' in resctrl: %m%s", path,
			  errno == ENOSPC ? "; the hardware has no more of them" : "");
}

int intel_rdt_create(const struct intel_rdt *rdt, struct cleat_error *err)
{
	int r = 0;

	if (!rdt)
		return 0;
	if (!rdt->exists)
		r = make(rdt, rdt->clos, err);
	if (r == 0 && rdt->schemata)
		r = rdt->exists ? compare(rdt, err) : write_schemata(rdt, rdt->schemata, err);
	if (r == 0 && *rdt->monitor)
		r = make(rdt, rdt->monitor, err);
	return r < 0 ? cleat_wrap(err, "linux.intelRdt") : 0;
}

int intel_rdt_add(const struct intel_rdt *rdt, pid_t pid, struct cleat_error *err)
{
	char text[16];

	if (!rdt)
		return 0;
	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	int r = write_file(rdt, rdt->clos, "tasks", text);

	if (r == 0 && *rdt->monitor)
		r = write_file(rdt, rdt->monitor, "tasks", text);
	return r < 0 ? cleat_fail(err, -r, "cannot put process %d into class '%s': %m", (int)pid,
				  rdt->clos)
		     : 0;
}

int intel_rdt_update(const struct intel_rdt *rdt, const struct json *node, struct cleat_error *err)
{
	_cleanup_free_ char *schemata = NULL;

	if (!rdt)
		return cleat_fail(err, EINVAL, "cannot update intelRdt: the container has none");
	int r = intel_schemata_read(node, &schemata, err);

	return r < 0 || !schemata ? r : write_schemata(rdt, schemata, err);
}

/* Removing a class sends who is in it to the default one: only when nobody is. */
static bool is_used(int root, const char *path)
{
	char file[3 * NAME_MAX + 80];
	char byte = 0;

	(void)snprintf(file, sizeof(file), "%s/tasks", path);
	_cleanup_close_ int fd = openat(root, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && read(fd, &byte, 1) == 1;
}

int intel_rdt_remove_at(int root, const char *recorded, struct cleat_error *err)
{
	char path[3 * NAME_MAX + 64];

	for (const char *at = recorded; *at; at += strspn(at, "\n")) {
		size_t len = strcspn(at, "\n");

		(void)snprintf(path, sizeof(path), "%.*s", (int)len, at);
		at += len;
		/* What is not of our making is not ours to remove. */
		if (name_check_path(strncmp(path, "./", 2) == 0 ? path + 2 : path, "a class", err) <
		    0)
			return -err->errnum;
		if (!strchr(path, '/') && is_used(root, path))
			continue;
		if (unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return cleat_fail(err, errno, "cannot remove '%s' of resctrl: %m", path);
	}
	return 0;
}

int intel_rdt_remove(const char *recorded, struct cleat_error *err)
{
	struct cleat_error ignored;

	if (!*recorded)
		return 0;
	_cleanup_close_ int root = open_resctrl(&ignored);

	return root < 0 ? 0 : intel_rdt_remove_at(root, recorded, err); /* unmounted: gone */
}

void intel_rdt_free(struct intel_rdt *rdt)
{
	if (!rdt)
		return;
	(void)close(rdt->root);
	free(rdt->schemata);
	free(rdt);
}
