/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_fd.c - the mount API of Linux 5.2, and mount_setattr of 5.12 where there is one.
 *
 * Attributes are on a mount before it is in place: there is no moment in which it can be used
 * without them.
 */
#include "mount_fd.h"

#include "init.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

/*
 * Before Linux 5.12 there is no mount_setattr, and what can do without it takes a mount that is in place.
 * What is asked for a detached one waits here until it is attached, in the parent's memory or its child's.
 */
static struct pending {
	int fd;
	struct mount_change change;
} pending[4 * MAX_ROOTFS_MOUNTS];
static size_t npending;

static int postpone(int fd, const struct mount_change *change)
{
	if (npending == ARRAY_SIZE(pending))
		return -ENOSYS;
	pending[npending++] = (struct pending){ fd, *change };
	return 0;
}

/* A number that is used again means another mount. */
static int fresh(int fd)
{
	for (size_t i = 0; i < npending; i++)
		if (pending[i].fd == fd)
			pending[i].fd = -1;
	return fd;
}

static int attached(int fd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < npending; i++)
		if (pending[i].fd == fd) {
			r = mount_old_change(fd, &pending[i].change);
			pending[i].fd = -1;
		}
	while (npending > 0 && pending[npending - 1].fd < 0)
		npending--;
	return r;
}

int mount_fd_clone(int dir, const char *path, bool recursive, bool nofollow)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

	flags |= recursive ? AT_RECURSIVE : 0;
	flags |= nofollow ? AT_SYMLINK_NOFOLLOW : 0;
	flags |= *path ? 0 : AT_EMPTY_PATH;
	int fd = open_tree(dir, path, flags);

	return fd < 0 ? -errno : fresh(fd);
}

int mount_fd_clone_here(int proc, int dir, const char *path, bool recursive, bool nofollow)
{
	char link[64];
	char full[PATH_MAX];

	if (*path == '/')
		return mount_fd_clone(AT_FDCWD, path, recursive, nofollow);
	(void)snprintf(link, sizeof(link), "self/fd/%d", dir);
	ssize_t n = readlinkat(proc, link, full, sizeof(full));

	if (n < 0)
		return -errno;
	if ((size_t)n + strlen(path) + 2 > sizeof(full))
		return -ENAMETOOLONG;
	(void)snprintf(full + n, sizeof(full) - (size_t)n, "/%s", path);
	return mount_fd_clone(AT_FDCWD, full, recursive, nofollow);
}

void mount_fd_why(int context, char *text, size_t size)
{
	char line[256];
	ssize_t n = read(context, line, sizeof(line) - 1); /* "e tmpfs: Bad value for 'size'" */

	text[0] = '\0';
	if (n <= 2)
		return;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(text, size, " (%s)", line + 2);
}

static int configure(int context, const char *word, struct cleat_error *err)
{
	char key[256];
	char why[280];
	const char *value = strchr(word, '=');
	int r = 0;

	if (!value) {
		r = fsconfig(context, FSCONFIG_SET_FLAG, word, NULL, 0);
	} else {
		if ((size_t)(value - word) >= sizeof(key))
			return cleat_fail(err, EINVAL, "option '%s' is too long", word);
		memcpy(key, word, (size_t)(value - word));
		key[value - word] = '\0';
		r = fsconfig(context, FSCONFIG_SET_STRING, key, value + 1, 0);
	}
	if (r == 0)
		return 0;
	int saved = errno;

	mount_fd_why(context, why, sizeof(why));
	return cleat_fail(err, saved, "option '%s': %m%s", word, why);
}

/* Filesystems of the kernel's own share a superblock with the host: read-only is the mount's alone. */
bool mount_fd_is_on_device(const char *type)
{
	static const char *const own[] = { "proc",    "sysfs",      "tmpfs",   "devpts",
					   "mqueue",  "cgroup",     "cgroup2", "ramfs",
					   "overlay", "devtmpfs",   "debugfs", "tracefs",
					   "bpf",     "securityfs", "pstore",  "configfs",
					   "binder",  "hugetlbfs" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(own[i], type) == 0)
			return false;
	return true;
}

static int set_options(int context, const char *type, const char *source,
		       const struct mount_options *options, mode_t mode, struct cleat_error *err)
{
	char text[24];
	int r = 0;

	/* A source that a filesystem of the kernel's own does not want is only a name. */
	if (*source && fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0 &&
	    mount_fd_is_on_device(type))
		return cleat_fail(err, errno, "source '%s': %m", source);
	if (options->read_only && mount_fd_is_on_device(type) &&
	    fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return cleat_fail(err, errno, "option 'ro': %m");
	if (mode && !options->has_mode && strcmp(type, "tmpfs") == 0) {
		(void)snprintf(text, sizeof(text), "mode=%o", (unsigned)mode & 07777);
		r = configure(context, text, err);
	}
	for (uint32_t i = 0; r == 0 && i < options->ndata; i++)
		r = configure(context, options->data[i], err);
	return r;
}

int mount_fd_new(const char *type, const char *source, const struct mount_options *options,
		 mode_t mode, int *out_fd, struct cleat_error *err)
{
	char why[280];
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);

	if (context < 0)
		return errno == ENODEV
			       ? cleat_fail(err, ENODEV, "the kernel has no filesystem '%s'", type)
			       : cleat_fail(err, errno, "filesystem '%s': %m", type);
	int r = set_options(context, type, source, options, mode, err);

	if (r < 0)
		return r;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		int saved = errno;

		mount_fd_why(context, why, sizeof(why));
		return cleat_fail(err, saved, "filesystem '%s': %m%s", type, why);
	}
	int fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)options->set);

	if (fd < 0)
		return cleat_fail(err, errno, "filesystem '%s': %m", type);
	*out_fd = fresh(fd);
	return 0;
}

int mount_fd_reconfigure(int target, const char *type, const struct mount_options *options,
			 struct cleat_error *err)
{
	char why[280];

	if (!options->ndata)
		return 0;
	_cleanup_close_ int context = fspick(target, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);

	if (context < 0)
		return cleat_fail(err, errno, "%m");
	for (uint32_t i = 0; i < options->ndata; i++)
		if (configure(context, options->data[i], err) < 0)
			return -err->errnum;
	if (fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) == 0)
		return 0;
	int saved = errno;

	mount_fd_why(context, why, sizeof(why));
	return cleat_fail(err, saved, "%s%s%m%s", type, *type ? ": " : "", why);
}

int mount_fd_change(int fd, const struct mount_change *change)
{
	struct mount_attr attr = { .attr_set = change->set,
				   .attr_clr = change->clear,
				   .propagation = change->propagation };
	unsigned flags = AT_EMPTY_PATH | (change->recursive ? AT_RECURSIVE : 0);

	if (!change->set && !change->clear && !change->propagation)
		return 0;
	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
	int r = mount_old_change(fd, change);

	return r == -EINVAL ? postpone(fd, change) : r;
}

int mount_fd_attributes(int fd, const struct mount_options *options, struct cleat_error *err)
{
	/* "rw" on a bind mount means "as the source is": it must not undo a read-only source. */
	uint64_t clear = options->clear & ~(uint64_t)(options->bind ? MOUNT_ATTR_RDONLY : 0);

	const struct mount_change changes[] = {
		{ .set = options->set_all, .clear = options->clear_all, .recursive = true },
		{ .set = options->set, .clear = clear },
		{ .propagation = options->propagation, .recursive = options->propagation_all },
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		int r = mount_fd_change(fd, &changes[i]);

		if (r < 0)
			return cleat_fail(err, -r, "%s: %m",
					  changes[i].propagation ? "propagation"
								 : "mount attributes");
	}
	return 0;
}

int mount_fd_read_only(int fd, bool recursive)
{
	return mount_fd_change(
		fd, &(struct mount_change){ .set = MOUNT_ATTR_RDONLY, .recursive = recursive });
}

int mount_fd_idmap(int fd, int userns, bool recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userns };
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return mount_setattr(fd, "", flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int mount_fd_attach(int fd, int target)
{
	if (move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return attached(fd);
}

int mount_fd_attach_at(int fd, const char *path)
{
	if (move_mount(fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	return attached(fd);
}
