/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.c - nodes and links in the container's /dev.
 *
 * The directory is opened once, inside the root, and everything is made below that descriptor by
 * single names: an image whose /dev is a link gets them inside itself (CVE-2026-41579, -47766).
 * Each node is opened again and judged by what it is, not by whether making it worked; but in a tmpfs
 * that is this container's own there is nobody who could have put something else there.
 */
#include "init.h"

#include "mount_fd.h"
#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* makedev() is a function; these are constants, and small. */
#define DEVICE(major_number, minor_number) ((dev_t)(major_number) << 8 | (minor_number))

static const struct plan_device defaults[] = {
	{ "/dev/null", S_IFCHR | 0666, DEVICE(1, 3), 0, 0 },
	{ "/dev/zero", S_IFCHR | 0666, DEVICE(1, 5), 0, 0 },
	{ "/dev/full", S_IFCHR | 0666, DEVICE(1, 7), 0, 0 },
	{ "/dev/random", S_IFCHR | 0666, DEVICE(1, 8), 0, 0 },
	{ "/dev/urandom", S_IFCHR | 0666, DEVICE(1, 9), 0, 0 },
	{ "/dev/tty", S_IFCHR | 0666, DEVICE(5, 0), 0, 0 },
};

const struct plan_device *devices_default(size_t *out_n)
{
	*out_n = ARRAY_SIZE(defaults);
	return defaults;
}

static const struct {
	const char *target, *name;
} links[] = {
	{ "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" },
	{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
	{ "pts/ptmx", "ptmx" },
};

static bool is_device(const struct stat *st, const struct plan_device *d)
{
	return (st->st_mode & S_IFMT) == (d->mode & S_IFMT) &&
	       (S_ISFIFO(d->mode) || st->st_rdev == d->number);
}

/* A user namespace, ours or the one that we run in, cannot make nodes: bind the host's, if it is the same. */
static int bind_node(int dir, const char *name, const struct plan_device *d)
{
	struct stat st;
	_cleanup_close_ int source = mount_fd_clone(AT_FDCWD, d->path, false, true);

	if (source < 0)
		return source;
	if (fstat(source, &st) < 0)
		return -errno;
	if (!is_device(&st, d))
		return -ENODEV;
	if (mknodat(dir, name, S_IFREG, 0) < 0 && errno != EEXIST)
		return -errno;
	_cleanup_close_ int target = path_open(dir, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	return target < 0 ? target : mount_fd_attach(source, target);
}

/* @alone: nobody else can reach @dir yet, so what was made there is what it is. */
static int make_node(const struct init *init, int dir, bool alone, const char *name,
		     const struct plan_device *d, struct cleat_error *err)
{
	struct stat st;
	char self[64];

	bool is_new = mknodat(dir, name, d->mode, d->number) == 0;

	if (is_new && alone && d->uid == 0 && d->gid == 0)
		return 0;
	if (!is_new && errno != EEXIST) {
		int r = errno == EPERM ? bind_node(dir, name, d) : -errno;

		if (r == -ENOENT || r == -ENODEV)
			return cleat_fail(err, -r,
					  "a user namespace cannot make devices, and the "
					  "host has no such device at that path to bind");
		return r < 0 ? cleat_fail(err, -r, "%m") : 0;
	}
	_cleanup_close_ int fd = path_open(dir, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, fd < 0 ? -fd : errno, "%m");
	if (!is_device(&st, d))
		return cleat_fail(err, EEXIST, "something else is there already");
	/* One that was there already. fchmod does not take O_PATH. */
	if ((st.st_mode & 07777) != (d->mode & 07777)) {
		(void)snprintf(self, sizeof(self), "self/fd/%d", fd);
		if (fchmodat(init->proc_fd, self, d->mode & 07777, 0) < 0)
			return cleat_fail(err, errno, "mode: %m");
	}
	if ((st.st_uid != d->uid || st.st_gid != d->gid) &&
	    fchownat(fd, "", d->uid, d->gid, AT_EMPTY_PATH) < 0)
		return cleat_fail(err, errno, "owner: %m");
	return 0;
}

static int make_device(const struct init *init, int dev, bool alone, const struct plan_device *d,
		       struct cleat_error *err)
{
	const char *name = NULL;
	_cleanup_close_ int parent = -1;

	if (strncmp(d->path, "/dev/", 5) == 0 && !strchr(d->path + 5, '/') && d->path[5])
		return make_node(init, dev, alone, d->path + 5, d, err);
	parent = path_make_parent(init->root_fd, d->path, &name);
	if (parent < 0)
		return cleat_fail(err, -parent, "%m");
	return make_node(init, parent, false, name, d, err);
}

static int make_devices(const struct init *init, int dev, bool alone,
			const struct plan_device *list, size_t n, struct cleat_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (make_device(init, dev, alone, &list[i], err) < 0)
			return cleat_wrap(err, "'%s'", list[i].path);
	return 0;
}

static int make_links(int dev, struct cleat_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return cleat_fail(err, errno, "'/dev/%s': %m", links[i].name);
	return 0;
}

static bool is_on_dev(const struct plan_mount *m)
{
	size_t len = strlen(m->destination);

	while (len > 1 && m->destination[len - 1] == '/')
		len--;
	return len == 4 && strncmp(m->destination, "/dev", 4) == 0;
}

/* With a bind mount on /dev its owner has decided what is in it. */
static bool is_given(const struct plan *plan)
{
	for (size_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].options.bind && is_on_dev(&plan->mounts[i]))
			return true;
	return false;
}

/* Is /dev, open at @dev, a tmpfs that this container alone has? */
static bool is_own(const struct plan *plan, int dev)
{
	struct statfs fs;
	bool listed = false;

	for (size_t i = 0; i < plan->nmounts; i++)
		listed |= is_on_dev(&plan->mounts[i]) && strcmp(plan->mounts[i].type, "tmpfs") == 0;
	return listed && fstatfs(dev, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

int devices_make(struct init *init, struct cleat_error *err)
{
	if (is_given(init->plan))
		return 0;
	_cleanup_close_ int dev = path_make_directory(init->root_fd, "/dev", 0755);

	if (dev < 0)
		return cleat_fail(err, -dev, "'/dev': %m");
	/* The modes are meant as they are written. */
	mode_t before = umask(0);
	bool alone = is_own(init->plan, dev);
	int r = make_devices(init, dev, alone, defaults, ARRAY_SIZE(defaults), err);

	if (r == 0)
		r = make_devices(init, dev, alone, init->plan->devices, init->plan->ndevices, err);
	(void)umask(before);
	return r < 0 ? r : make_links(dev, err);
}
