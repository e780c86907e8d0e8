/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - can overlayfs work on this filesystem? Found out by doing it.
 *
 * The mount is a detached one (fsopen, fsmount): no mount table ever shows it and closing the
 * descriptor ends it, however we die. The layers are named by /proc/self/fd, because fsconfig takes
 * at most 255 bytes. What is tried is what containers will do: delete a file of a lower layer (a
 * character device 0:0 in the upper one) and replace a directory (the attribute trusted.overlay.opaque).
 */
#include "overlay.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char scratch[] = ".check";

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

/** Does readdir tell what each entry is? overlayfs cannot tell a whiteout from a file otherwise. */
static int check_d_type(int dir, struct cleat_error *err)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_stream) DIR *stream = copy < 0 ? NULL : fdopendir(copy);

	if (!stream) {
		if (copy >= 0)
			(void)close(copy);
		return cleat_fail(err, errno, "cannot list a directory: %m");
	}
	for (struct dirent *entry; (entry = readdir(stream));)
		if (entry->d_type == DT_UNKNOWN)
			return cleat_fail(
				err, EOPNOTSUPP,
				"the filesystem does not report file types in directories "
				"(d_type); on xfs it needs to be made with ftype=1");
	return 0;
}

static int make_layers(int dir, struct cleat_error *err)
{
	static const char *const directories[] = { "lower", "lower/dir", "upper", "work" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdirat(dir, directories[i], 0755) < 0)
			return cleat_fail(err, errno, "cannot make directory '%s': %m",
					  directories[i]);
	_cleanup_close_ int file = openat(dir, "lower/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (file < 0)
		return cleat_fail(err, errno, "cannot make file 'lower/file': %m");
	return 0;
}

/** Put the kernel's own explanation, when it left one in the context, into @text. */
static void explain(int context, char text[256])
{
	ssize_t n = read(context, text, 255);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text[0] && text[1] == ' ') /* "e " for error, "w " for warning */
		memmove(text, text + 2, strlen(text + 2) + 1);
}

static int set_path(int context, const char *key, int dir, const char *part)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, part);
	return fsconfig(context, FSCONFIG_SET_STRING, key, path, 0);
}

static int mount_detached(int dir, struct cleat_error *err)
{
	_cleanup_close_ int context = fsopen("overlay", FSOPEN_CLOEXEC);
	char why[256];
	int mount = -1;

	if (context < 0 && errno == ENODEV)
		return cleat_fail(err, ENODEV,
				  "this kernel has no overlayfs; load it with 'modprobe overlay'");
	if (context < 0)
		return cleat_fail(err, errno, "cannot open overlayfs: %m");
	if (set_path(context, "lowerdir", dir, "lower") == 0 &&
	    set_path(context, "upperdir", dir, "upper") == 0 &&
	    set_path(context, "workdir", dir, "work") == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		return mount;
	int errnum = errno;

	explain(context, why);
	return cleat_fail(err, errnum, "the kernel refuses an overlay mount there: %m%s%s",
			  *why ? ": " : "", why);
}

static int try_it(int mount, int dir, struct cleat_error *err)
{
	struct stat st;
	char value[4] = "";

	if (unlinkat(mount, "file", 0) < 0 || unlinkat(mount, "dir", AT_REMOVEDIR) < 0)
		return cleat_fail(err, errno, "cannot delete a file of a lower layer: %m");
	if (fstatat(dir, "upper/file", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return cleat_fail(err, errno, "a deletion left no mark in the upper layer: %m");
	if (mkdirat(mount, "dir", 0755) < 0)
		return cleat_fail(err, errno, "cannot replace a directory of a lower layer: %m");
	_cleanup_close_ int upper = openat(dir, "upper/dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (upper < 0 || fgetxattr(upper, "trusted.overlay.opaque", value, sizeof(value)) < 0)
		return cleat_fail(err, EOPNOTSUPP,
				  "the filesystem keeps no trusted.* extended attributes");
	return 0;
}

static int check_in(int dir, struct cleat_error *err)
{
	_cleanup_close_ int mount = -1;

	if (check_d_type(dir, err) < 0 || make_layers(dir, err) < 0)
		return -err->errnum;
	mount = mount_detached(dir, err);
	if (mount < 0)
		return mount;
	return try_it(mount, dir, err);
}

int overlay_check(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	_cleanup_close_ int dir = -1;
	int r = overlay_remove_tree(snap->root_fd, scratch);

	(void)self;
	if (r == 0 && mkdirat(snap->root_fd, scratch, 0700) < 0)
		r = -errno;
	if (r == 0)
		dir = openat(snap->root_fd, scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r < 0 || dir < 0)
		return cleat_fail(err, r < 0 ? -r : errno, "cannot make a directory in '%s': %m",
				  snap->root);
	r = check_in(dir, err);
	(void)overlay_remove_tree(snap->root_fd, scratch); /* the next check begins with it */
	if (r < 0)
		return cleat_wrap(err, "snapshotter/overlay cannot work in '%s'", snap->root);
	return 0;
}
