/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.c - mounts at <bundle>/rootfs: made when containerd hands some over, gone after Delete. */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

#include "base/log.h"
#include "base/text.h"
#include "mount_options.h"
#include "overlay_options.h"

enum { PAGE_LIMIT = 4095 }; /* mount(2) looks at one page of options */

/* bind ignores every flag but MS_REC; they are set by a remount. */
static int remount_bind(const char *target, unsigned long flags)
{
	unsigned long rest = flags & ~(unsigned long)(MS_BIND | MS_REC);

	if (!(flags & MS_BIND) || !rest)
		return 0;
	return mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | rest, NULL);
}

/* mount(2) with the working directory in @directory, for layers that are named relative to it. */
static int mount_from(const char *directory, const char *target, const struct cleat_mount *what,
		      unsigned long flags, const char *data)
{
	_cleanup_close_ int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (here < 0 || chdir(directory) < 0)
		return -errno;
	if (mount(what->source, target, what->type, flags, data) < 0)
		r = -errno;
	return fchdir(here) < 0 ? -errno : r;
}

static int mount_plain(const char *target, const struct cleat_mount *what,
		       const struct mount_options *options)
{
	_cleanup_text_ struct text shorter = { 0 };
	_cleanup_free_ char *directory = NULL;

	if (options->data.len <= PAGE_LIMIT)
		return mount(what->source, target, what->type, options->flags,
			     options->data.bytes) < 0
			       ? -errno
			       : 0;
	int r = overlay_shorten(options->data.bytes, &shorter, &directory);

	if (r < 0 || shorter.len > PAGE_LIMIT)
		return r == -ENOMEM ? r : -E2BIG;
	return mount_from(directory, target, what, options->flags, shorter.bytes);
}

static int mount_one(const char *target, const struct cleat_mount *what, struct cleat_error *err)
{
	struct mount_options options;
	int r = mount_options_parse(what->options, &options);

	if (r == 0)
		r = mount_plain(target, what, &options);
	if (r == 0 &&
	    (remount_bind(target, options.flags) < 0 ||
	     (options.propagation && mount(NULL, target, NULL, options.propagation, NULL) < 0)))
		r = -errno;
	size_t len = options.data.len;

	text_fini(&options.data);
	if (r == -E2BIG)
		return cleat_fail(
			err, E2BIG,
			"cannot mount '%s' on '%s': its options take %zu bytes, the kernel reads %d",
			what->source, target, len, PAGE_LIMIT);
	if (r < 0)
		return cleat_fail(err, -r, "cannot mount %s '%s' on '%s': %m", what->type,
				  what->source, target);
	return 0;
}

int rootfs_mount(int bundle_fd, const char *bundle, const struct cleat_mount *mounts, size_t n,
		 struct cleat_error *err)
{
	_cleanup_free_ char *target = text_format("%s/rootfs", bundle);
	struct cleat_error ignored = { 0 };
	struct stat st;

	if (!target)
		return cleat_fail(err, ENOMEM, "cannot mount the root: out of memory");
	if (mkdirat(bundle_fd, "rootfs", 0711) < 0 && errno != EEXIST)
		return cleat_fail(err, errno, "cannot make '%s': %m", target);
	if (fstatat(bundle_fd, "rootfs", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return cleat_fail(err, ENOTDIR, "cannot mount on '%s': it is no directory", target);
	for (size_t i = 0; i < n; i++) {
		int r = mount_one(target, &mounts[i], err);

		if (r < 0) {
			(void)rootfs_unmount(bundle, true, &ignored); /* the first error counts */
			return r;
		}
	}
	return 0;
}

/* ---- unmounting ------------------------------------------------------------------------------ */

/* mountinfo writes blanks and the like as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool is_at_or_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return strncmp(path, root, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Mount points at or below @root, as the kernel lists them: a mount comes after what it stands on. */
static int list_mounts(const char *root, struct strings *out)
{
	FILE *info = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	int r = info ? 0 : -errno;

	while (r == 0 && getline(&line, &room, info) > 0) {
		char *point = NULL;

		if (sscanf(line, "%*s %*s %*s %*s %ms", &point) == 1) {
			unescape(point);
			if (is_at_or_below(point, root))
				r = strings_add(out, point);
		}
		free(point);
	}
	if (info)
		(void)fclose(info);
	return r;
}

/* "rootfs/dev" says as much as the whole path, and ps has room for it. */
static const char *below(const char *point, const char *bundle)
{
	return bundle ? point + strlen(bundle) + 1 : point;
}

int rootfs_unmount(const char *bundle, bool lazily, struct cleat_error *err)
{
	_cleanup_strings_ struct strings points = { 0 };
	_cleanup_free_ char *real = realpath(bundle, NULL);
	_cleanup_free_ char *root = text_format("%s/rootfs", real ? real : bundle);
	int r = root ? list_mounts(root, &points) : -ENOMEM;

	if (r < 0)
		return cleat_fail(err, -r, "cannot find the mounts of '%s': %m", bundle);
	for (size_t i = points.n; i-- > 0;) {
		if (umount2(points.item[i], UMOUNT_NOFOLLOW) == 0 || errno == EINVAL ||
		    errno == ENOENT)
			continue;
		/* Held by somebody: out of the tree now, gone when they let go. Not for cleatd, which
		 * tries again: a root filesystem must not be made anew over one that is still in use. */
		if (lazily)
			log_line(CLEAT_WARN,
				 "failed to cleanup rootfs mount: '%s': %m, detaching it",
				 below(points.item[i], real));
		if (!lazily || umount2(points.item[i], UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
			return cleat_fail(err, errno, "failed rootfs umount: '%s': %m",
					  below(points.item[i], real));
	}
	return 0;
}
