/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs.c - the container's root: opened detached, attached over "/" of its own mount namespace.
 *
 * It is put on top of "/" itself: that place always exists, needs no directory of ours, works when
 * the container's root is the host's, and pivot_root(".", ".") turns the two over.
 */
#include "rootfs.h"

#include "joined_root.h"
#include "mount_fd.h"
#include "overlay.h"
#include "path.h"
#include "root_idmap.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>

static int clone_directory(const struct init *init, const char *path)
{
	if (init->proc_fd >= 0) /* the child */
		return mount_fd_clone_here(init->proc_fd, init->bundle_fd, path, true, true);
	return mount_fd_clone(*path == '/' ? AT_FDCWD : init->bundle_fd, path, true, true);
}

static int open_directory(struct init *init, struct cleat_error *err)
{
	const char *path = init->plan->root_path;

	if (!path || !*path)
		return cleat_fail(err, EINVAL, "root.path is missing");
	int fd = clone_directory(init, path);
	struct stat st;

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open the root filesystem '%s': %m", path);
	init->rootfs[init->nrootfs++] = fd;
	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot look at the root filesystem '%s': %m", path);
	if (S_ISLNK(st.st_mode))
		return cleat_fail(err, ELOOP, "the root filesystem '%s' is a symbolic link", path);
	if (!S_ISDIR(st.st_mode))
		return cleat_fail(err, ENOTDIR, "the root filesystem '%s' is no directory", path);
	return 0;
}

static int open_other(const struct cleat_mount *mount, const struct mount_options *options,
		      int *out_fd, struct cleat_error *err)
{
	if (!options->bind) {
		int r = mount_fd_new(mount->type, mount->source ? mount->source : "", options, 0,
				     out_fd, err);

		return r;
	}
	int fd = mount_fd_clone(AT_FDCWD, mount->source, options->recursive, false);

	if (fd < 0)
		return cleat_fail(err, -fd, "'%s': %m", mount->source);
	*out_fd = fd;
	return 0;
}

/* Whose ids @mount is to be mapped by: *out_fd stays -1 when that is nobody's. */
static int open_idmap(const struct cleat_mount *mount, int *out_fd, struct cleat_error *err)
{
	struct root_idmap map;
	int r = root_idmap_read(mount, &map, err);

	return r < 0 || map.uids.n == 0 ? r : root_idmap_open(&map, out_fd, err);
}

static int open_mount(const struct cleat_mount *mount, int *out_fd, struct cleat_error *err)
{
	struct mount_options options = { 0 };
	_cleanup_close_ int userns = -1;
	size_t n = 0;

	while (mount->options && mount->options[n])
		n++;
	_cleanup_free_ const char **data = calloc(n + 1, sizeof(*data));

	if (!data)
		return cleat_fail(err, ENOMEM, "%m");
	options.data = data;
	for (size_t i = 0; i < n; i++)
		if (!root_idmap_is_word(mount->options[i]) &&
		    mount_options_add(&options, mount->options[i], err) < 0)
			return -err->errnum;
	if (open_idmap(mount, &userns, err) < 0)
		return -err->errnum;
	if (strcmp(mount->type, "overlay") == 0)
		return overlay_open(mount, userns, out_fd, err);
	int r = open_other(mount, &options, out_fd, err);

	if (r == 0 && userns >= 0)
		r = root_idmap_apply(*out_fd, userns, options.recursive, mount->source, err);
	return r < 0 ? r : mount_fd_attributes(*out_fd, &options, err);
}

int rootfs_open(struct init *init, const struct cleat_create *req, struct cleat_error *err)
{
	if (joined_root_is_wanted(init->plan)) {
		int r = joined_root_plan(init, req->bundle, err);

		if (r < 0 || req->nrootfs == 0)
			return r; /* the child opens it, in there */
	}
	if (req->nrootfs == 0) {
		int r = open_directory(init, err);

		/* Without privilege it takes a user namespace of one's own: the child does it. */
		if (r == -EPERM && init->has_userns)
			return 0;
		return r == -EPERM && geteuid() != 0
			       ? cleat_fail(
					 err, EPERM,
					 "without privileges a container needs a user namespace; "
					 "add one to linux.namespaces (see spec --rootless)")
			       : r;
	}
	if (req->nrootfs > MAX_ROOTFS_MOUNTS)
		return cleat_fail(err, E2BIG, "more than %d mounts for the root filesystem",
				  MAX_ROOTFS_MOUNTS);
	for (uint32_t i = 0; i < req->nrootfs; i++) {
		int fd = -1;

		if (open_mount(&req->rootfs[i], &fd, err) < 0) {
			cleat_closep(&fd);
			return cleat_wrap(err, "cannot mount the root filesystem (%s)",
					  req->rootfs[i].type);
		}
		init->rootfs[init->nrootfs++] = fd;
	}
	return 0;
}

int rootfs_separate(struct init *init, struct cleat_error *err)
{
	uint64_t how = init->plan->propagation;

	if (init->joined_root) /* others live in there */
		return 0;
	/* Default: what the host mounts later reaches us, what we mount never reaches the host. */
	if (!how)
		how = MS_SLAVE | MS_REC;
	if (mount(NULL, "/", NULL, (unsigned long)how, NULL) < 0)
		return cleat_fail(err, errno, "cannot change the propagation of /: %m");
	/* What is attached to a shared mount would show on the host, and pivot_root refuses it. */
	if (mount(NULL, "/", NULL, MS_PRIVATE, NULL) < 0)
		return cleat_fail(err, errno, "cannot make / private: %m");
	return 0;
}

/* Clones that the parent made are peers of the host's mounts: cut that before they are in place. */
static int cut_peers(int fd, uint64_t propagation)
{
	struct mount_change change = { .propagation = MS_SLAVE, .recursive = true };

	if (propagation & (MS_PRIVATE | MS_SHARED))
		change.propagation = MS_PRIVATE;
	/* Shared, what lies below stays; but a shared root itself could not be pivoted to. */
	if (propagation & MS_SHARED)
		change.recursive = false;
	return mount_fd_change(fd, &change);
}

int rootfs_attach(struct init *init, struct cleat_error *err)
{
	_cleanup_close_ int place = -1;

	if (init->nrootfs == 0 && open_directory(init, err) < 0)
		return -err->errnum;
	if (init->joined_root) {
		place = joined_root_prepare(init, err);
		if (place < 0)
			return -err->errnum;
	}
	for (uint32_t i = 0; i < init->nrootfs; i++) {
		int fd = init->rootfs[i];

		int r = cut_peers(fd, init->plan->propagation);

		if (r < 0)
			return cleat_fail(err, -r, "propagation of the root filesystem: %m");
		/* By path: "/" leads to the topmost of what is mounted there. */
		r = place < 0 ? mount_fd_attach_at(fd, "/") : mount_fd_attach(fd, place);
		if (r < 0)
			return cleat_fail(err, -r, "cannot mount on '%s': %m",
					  init->joined_root ? init->joined_root : "/");
		if (place >= 0) {
			(void)close(place);
			place = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		}
		init->root_fd = fd;
	}
	return 0;
}

static int enter_without_pivot(struct init *init, struct cleat_error *err)
{
	/* A root on a ramdisk cannot be pivoted away. Ours covers it, ".." comes back to ours. */
	if (fchdir(init->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return cleat_fail(err, errno, "chroot: %m");
	return 0;
}

int rootfs_enter(struct init *init, struct cleat_error *err)
{
	uint64_t how = init->plan->propagation;

	/* Opened while "/dev/null" still is the host's: a container's could be anything. */
	init->null_fd = mount_fd_clone(AT_FDCWD, "/dev/null", false, true);
	if (init->null_fd < 0)
		return cleat_fail(err, -init->null_fd, "cannot open /dev/null of the host: %m");
	if (init->flags & CLEAT_NO_PIVOT || init->joined_root)
		return enter_without_pivot(init, err);
	_cleanup_close_ int old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old_root < 0)
		return cleat_fail(err, errno, "cannot open /: %m");
	if (fchdir(init->root_fd) < 0 || sys_pivot_root(".", ".") < 0)
		return cleat_fail(err, errno, "pivot_root: %m%s",
				  errno == EINVAL ? "; on a ramdisk use no-pivot" : "");
	/*
	 * The old root now lies on top of ours: off with it, without a trace to the host's mounts. From its
	 * own directory: "." would still be ours, whose propagation is the configuration's.
	 */
	if (fchdir(old_root) < 0)
		return cleat_fail(err, errno, "cannot change to the old root: %m");
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 || umount2(".", MNT_DETACH) < 0)
		return cleat_fail(err, errno, "cannot unmount the host's root: %m");
	if (chdir("/") < 0)
		return cleat_fail(err, errno, "cannot change to /: %m");
	if (how & ~(uint64_t)MS_REC && mount(NULL, "/", NULL, (unsigned long)how, NULL) < 0)
		return cleat_fail(err, errno, "rootfsPropagation: %m");
	return 0;
}

int rootfs_seal(struct init *init, struct cleat_error *err)
{
	if (!init->plan->root_read_only)
		return 0;
	int r = mount_fd_read_only(init->root_fd, false);

	return r < 0 ? cleat_fail(err, -r, "cannot make it read-only: %m") : 0;
}
