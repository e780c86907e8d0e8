/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.c - paths that the program must not see, or not write to.
 *
 * A masked file becomes the host's /dev/null, which was verified when the host's tree was still
 * ours to read (CVE-2025-31133: the container's own may be a link); a masked directory an empty
 * read-only tmpfs, one for all of them. Everything by descriptor; what is missing is skipped.
 */
#include "init.h"

#include "descriptors.h"
#include "mount_fd.h"
#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <sys/sysmacros.h>

static int verify_null(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 : -ENODEV;
}

static int empty_directory(int *shared, struct cleat_error *err)
{
	static const char *data[] = { "nr_inodes=2", "mode=555" };
	struct mount_options options = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
					 .data = data,
					 .ndata = ARRAY_SIZE(data),
					 .has_mode = true };
	int fd = -1;

	/* A detached mount could not be cloned before Linux 6.15; the first one in place can. */
	if (*shared >= 0)
		return mount_fd_clone(*shared, "", false, false);
	int r = mount_fd_new("tmpfs", "tmpfs", &options, 0, &fd, err);

	*shared = fd;
	return r < 0 ? r : fd;
}

/* The host's null device itself, and from then on clones of it. */
static int null_device(struct init *init, bool *used)
{
	int r = 0;

	if (*used)
		return mount_fd_clone(init->null_fd, "", false, false);
	*used = true;
	r = verify_null(init->null_fd);
	return r < 0 ? r : init->null_fd;
}

/* What all masks share. */
struct masks {
	bool null_used;
	int shared;
	struct descriptors_later *done;
};

static int mask(struct init *init, const char *path, struct masks *m, struct cleat_error *err)
{
	struct stat st;
	int target = path_open(init->root_fd, path, O_PATH, 0);

	/* ENOTDIR, EACCES: what cannot be reached by us cannot be reached by the program. */
	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return cleat_fail(err, target < 0 ? -target : errno, "%m");
	int cover = S_ISDIR(st.st_mode) ? empty_directory(&m->shared, err)
					: null_device(init, &m->null_used);

	if (cover < 0)
		return cleat_fail(err, -cover, "%m");
	int r = mount_fd_attach(cover, target);

	descriptors_close_later(m->done, target);
	if (cover != m->shared && cover != init->null_fd) /* those are cloned again */
		descriptors_close_later(m->done, cover);
	return r < 0 ? cleat_fail(err, -r, "%m") : 0;
}

static int protect(struct init *init, const char *path, struct descriptors_later *done,
		   struct cleat_error *err)
{
	int target = path_open(init->root_fd, path, O_PATH, 0);

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return cleat_fail(err, -target, "%m");
	int copy = mount_fd_clone(target, "", true, false);
	int r = copy < 0 ? copy : mount_fd_read_only(copy, true);

	if (r == 0)
		r = mount_fd_attach(copy, target);
	descriptors_close_later(done, target);
	descriptors_close_later(done, copy);
	return r < 0 ? cleat_fail(err, -r, "%m") : 0;
}

int mask_paths(struct init *init, struct cleat_error *err)
{
	_cleanup_later_ struct descriptors_later done = { .n = 0 };
	struct masks masks = { .shared = -1, .done = &done };

	for (const char **path = init->plan->read_only; path && *path; path++)
		if (protect(init, *path, &done, err) < 0)
			return cleat_wrap(err, "cannot make '%s' read-only", *path);
	for (const char **path = init->plan->masked; path && *path; path++)
		if (mask(init, *path, &masks, err) < 0)
			return cleat_wrap(err, "cannot mask '%s'", *path);
	descriptors_close_later(&done, masks.shared);
	return 0;
}
