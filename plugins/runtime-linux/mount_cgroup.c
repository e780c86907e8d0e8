/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount_cgroup.c - the container's view of its control groups.
 *
 * With a cgroup namespace a fresh mount shows the container's own subtree as the root; without one
 * the container's directory is bound, so that what lies above is never visible.
 */
#include "mounts.h"

#include "cgroup.h"
#include "mount_classic.h"
#include "mount_fd.h"
#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

static bool has_namespace(const struct init *init)
{
	return init->plan->namespaces[NS_CGROUP].wanted;
}

/* "cpu,cpuacct" or "name=systemd" as options of a cgroup filesystem. */
static int set_controllers(int context, const char *controllers)
{
	char word[128];

	if (strncmp(controllers, "name=", 5) == 0)
		return fsconfig(context, FSCONFIG_SET_FLAG, "none", NULL, 0) < 0 ||
				       fsconfig(context, FSCONFIG_SET_STRING, "name",
						controllers + 5, 0) < 0
			       ? -errno
			       : 0;
	for (const char *at = controllers; *at;) {
		size_t len = strcspn(at, ",");

		if (len >= sizeof(word))
			return -ENAMETOOLONG;
		memcpy(word, at, len);
		word[len] = '\0';
		if (fsconfig(context, FSCONFIG_SET_FLAG, word, NULL, 0) < 0)
			return -errno;
		at += len + (at[len] == ',');
	}
	return 0;
}

static int fresh(const struct cgroup_hierarchy *h, uint64_t attributes)
{
	_cleanup_close_ int context =
		fsopen(h->version == 2 ? "cgroup2" : "cgroup", FSOPEN_CLOEXEC);
	int r = context < 0 ? -errno : 0;

	if (r == 0)
		(void)fsconfig(context, FSCONFIG_SET_STRING, "source", "cgroup", 0);
	if (r == 0 && h->version == 1)
		r = set_controllers(context, h->controllers);
	if (r == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	int fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes);

	return fd < 0 ? -errno : fd;
}

static int bound(const struct cgroup_hierarchy *h, const struct mount_options *options,
		 struct cleat_error *err)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s%s", h->mount_point, h->path) >= sizeof(path))
		return -ENAMETOOLONG;
	int fd = mount_fd_clone(AT_FDCWD, path, false, true);

	if (fd >= 0 && mount_fd_attributes(fd, options, err) < 0) {
		(void)close(fd);
		return -err->errnum;
	}
	return fd;
}

/* A cgroup that is the caller's and not the container's own is not to be written (CVE-2023-25809). */
static uint64_t attributes_of(const struct plan_mount *m, const struct cgroup_hierarchy *h,
			      bool later)
{
	return (later ? 0 : m->options.set) | (h->missing ? MOUNT_ATTR_RDONLY : 0);
}

/*
 * A directory that is the root of our namespace is the same bound as mounted anew, for one call. Version 1's only:
 * they get their attributes all at once, in the end.
 */
static bool is_bound(const struct init *init, const struct cgroup_hierarchy *h)
{
	return cgroup_layout_of(init->cgroup) != CGROUP_V2 && !h->missing && !init->has_userns;
}

/* -ENOENT: the container has no directory there that it could see. */
static int open_hierarchy(const struct init *init, const struct plan_mount *m,
			  const struct cgroup_hierarchy *h, struct cleat_error *err)
{
	bool later = cgroup_layout_of(init->cgroup) != CGROUP_V2;
	struct mount_options options = { .set = attributes_of(m, h, later) };
	int fd = is_bound(init, h) ? bound(h, &options, err) : -EPERM;

	if (fd < 0 && has_namespace(init))
		fd = fresh(h, attributes_of(m, h, false));
	if (fd < 0 && h->missing)
		return -ENOENT;
	/* EBUSY, EPERM, EINVAL: this mount is not to be had here; its own directory always is. */
	return fd < 0 ? bound(h, &options, err) : fd;
}

/* Covers what would show of the host's hierarchy where /sys is bound. */
static int empty(const struct plan_mount *m, struct cleat_error *err)
{
	static const char *data[] = { "mode=555", "nr_inodes=2" };
	struct mount_options options = { .set = m->options.set | MOUNT_ATTR_RDONLY,
					 .data = data,
					 .ndata = ARRAY_SIZE(data),
					 .has_mode = true };
	int fd = -1;
	int r = mount_fd_new("tmpfs", "tmpfs", &options, 0, &fd, err);

	return r < 0 ? r : fd;
}

static int place(const struct init *init, const struct plan_mount *m, int fd,
		 struct cleat_error *err)
{
	_cleanup_close_ int target = path_make_directory(init->root_fd, m->destination, 0755);

	if (target < 0)
		return cleat_fail(err, -target, "cannot open its place: %m");
	if (mounts_check_proc(m->destination, m->type, target, -1, err) < 0)
		return -err->errnum;
	int r = mount_fd_attach(fd, target);

	return r < 0 ? cleat_fail(err, -r, "cannot attach it: %m") : 0;
}

/* By mount(2), in the working directory: one call where open_tree and move_mount are two. False: try those. */
static bool bind_here(const struct cgroup_hierarchy *h)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%s", h->mount_point, h->path);

	return n > 0 && (size_t)n < sizeof(path) &&
	       mount(path, h->dir_name, NULL, MS_BIND, NULL) == 0;
}

/* Links for the names that are mounted together. */
static void link_names(int dir, const struct cgroup_hierarchy *h)
{
	for (const char *at = h->controllers; strchr(h->controllers, ',') && *at;) {
		size_t len = strcspn(at, ",");
		char name[64];

		if (len < sizeof(name)) {
			memcpy(name, at, len);
			name[len] = '\0';
			(void)!symlinkat(h->dir_name, dir, name); /* a convenience */
		}
		at += len + (at[len] == ',');
	}
}

/*
 * One hierarchy below the tmpfs @dir, in which we are. It is ours and new, and no program of the container's lives yet:
 * a name that we made in it is what we made. 1: the container has none there.
 */
static int place_version_1(const struct init *init, const struct plan_mount *m, int dir,
			   const struct cgroup_hierarchy *h, struct cleat_error *err)
{
	bool simple = is_bound(init, h);
	_cleanup_close_ int fd = simple ? -1 : open_hierarchy(init, m, h, err);

	if (fd == -ENOENT && h->missing)
		return 1;
	if (mkdirat(dir, h->dir_name, 0755) < 0)
		return cleat_fail(err, errno, "cannot make '%s': %m", h->dir_name);
	if (simple && bind_here(h))
		return 0;
	if (simple)
		fd = open_hierarchy(init, m, h, err);
	if (fd < 0 || move_mount(fd, "", dir, h->dir_name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return cleat_fail(err, fd < 0 ? -fd : errno, "cannot mount the hierarchy '%s': %m",
				  h->dir_name);
	return 0;
}

static int place_all(const struct init *init, const struct plan_mount *m, int dir,
		     struct cleat_error *err)
{
	const struct cgroup_hierarchy *h = NULL;
	int r = fchdir(dir) < 0 ? cleat_fail(err, errno, "cannot change into it: %m") : 0;

	for (size_t i = 0; r >= 0 && (h = cgroup_hierarchy_at(init->cgroup, i)); i++) {
		r = place_version_1(init, m, dir, h, err);
		if (r == 0)
			link_names(dir, h);
	}
	return r < 0 ? r : 0;
}

/* All of them at once: nothing of the container's runs before. */
static int protect_all(const struct plan_mount *m, int dir)
{
	uint64_t set = m->options.set & ~(uint64_t)MOUNT_ATTR__ATIME;

	return mount_fd_change(dir, &(struct mount_change){ .set = set, .recursive = true });
}

/* What the hierarchies are mounted in: its root, in its place. fd or -errno with @err filled. */
static int open_tmpfs(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	static const char *data[] = { "mode=755" };
	struct plan_mount tmpfs = { .destination = m->destination,
				    .type = "tmpfs",
				    .source = "tmpfs",
				    .options = { .set = m->options.set &
							~(uint64_t)MOUNT_ATTR_RDONLY,
						 .data = data,
						 .ndata = 1,
						 .has_mode = true } };
	int fd = -1;
	int r = mount_classic_fits(&tmpfs) ? mount_in_place(init, &tmpfs, 0, err) : 1;

	if (r < 0)
		return r;
	if (r == 0) {
		fd = path_open(init->root_fd, m->destination, O_PATH | O_DIRECTORY, 0);
		return fd < 0 ? cleat_fail(err, -fd, "cannot open it: %m") : fd;
	}
	r = mount_fd_new("tmpfs", "tmpfs", &tmpfs.options, 0, &fd, err);
	if (r == 0)
		r = place(init, m, fd, err);
	if (r < 0)
		cleat_closep(&fd);
	return r < 0 ? r : fd;
}

static int mount_version_1(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	_cleanup_close_ int dir = open_tmpfs(init, m, err);
	int r = dir < 0 ? dir : place_all(init, m, dir, err);

	if (r < 0)
		return r;
	r = protect_all(m, dir);
	return r < 0 ? cleat_fail(err, -r, "cannot protect it: %m") : 0;
}

int mount_cgroup(struct init *init, const struct plan_mount *m, struct cleat_error *err)
{
	const struct cgroup_hierarchy *h = cgroup_hierarchy_at(init->cgroup, 0);

	if (cgroup_layout_of(init->cgroup) != CGROUP_V2)
		return mount_version_1(init, m, err);
	if (!h)
		return cleat_fail(err, ENOENT, "the container has no cgroup");
	int opened = open_hierarchy(init, m, h, err);
	_cleanup_close_ int fd = opened == -ENOENT && h->missing ? empty(m, err) : opened;

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot mount cgroup2: %m");
	return place(init, m, fd, err);
}
