/* SPDX-License-Identifier: Apache-2.0 */
/* state_root.c - --root: one directory a container. */
#include "state_root.h"

#include "base/clock.h"
#include "base/dir.h"
#include "record.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { MAX_ID = 128, LOCK_TIMEOUT_S = 10 };

int container_id_check(const char *id, struct cleat_error *err)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_+.-";
	size_t len = strlen(id);

	if (len == 0)
		return cleat_fail(err, EINVAL, "invalid container ID: it is empty");
	if (len > MAX_ID)
		return cleat_fail(err, EINVAL,
				  "invalid container ID '%.32s...': longer than %d characters", id,
				  MAX_ID);
	if (id[strspn(id, allowed)])
		return cleat_fail(
			err, EINVAL,
			"invalid container ID: only letters, digits and _+.- are allowed");
	if (*id == '-' || *id == '.')
		return cleat_fail(err, EINVAL,
				  "invalid container ID '%s': it must not begin with '%c'", id,
				  *id);
	return 0;
}

/* A root that its user namespace has made, of a user who is not: podman runs us so without privileges. */
static bool is_mapped_root(void)
{
	const char *user = getenv("USER");
	char text[128] = "";
	_cleanup_close_ int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	return n > 0 && !strstr(text, "4294967295") && (!user || strcmp(user, "root") != 0);
}

int state_root_path(const struct arguments *arguments, char *out, size_t room,
		    struct cleat_error *err)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	int n = 0;

	if (arguments->root)
		n = snprintf(out, room, "%s", arguments->root);
	else if (geteuid() == 0 && !(runtime_dir && *runtime_dir == '/' && is_mapped_root()))
		n = snprintf(out, room, "/run/cleat-oci");
	else if (runtime_dir && *runtime_dir == '/')
		n = snprintf(out, room, "%s/cleat-oci", runtime_dir);
	else
		return cleat_fail(
			err, ENOENT,
			"cannot find a place for containers: set --root or XDG_RUNTIME_DIR");
	if (n <= 0 || (size_t)n >= room || out[strspn(out, "/")] == '\0')
		return cleat_fail(err, EINVAL, "cannot use '%.100s' as --root", out);
	return 0;
}

int state_root_open(const struct arguments *arguments, bool make, struct cleat_error *err)
{
	char path[PATH_MAX];
	int fd = -1;

	if (state_root_path(arguments, path, sizeof(path), err) < 0)
		return -err->errnum;
	if (make)
		fd = dir_make(path, 0700, err);
	else if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", path);
	/* What is below XDG_RUNTIME_DIR may be removed when it is old, unless it is sticky. */
	if (fd >= 0 && make && !arguments->root && geteuid() != 0)
		(void)fchmod(fd, 01700); /* only a precaution */
	return fd;
}

/* 0; -ENOENT: the name is gone or means something else; -errno: not known. */
static int check_name(int root, int dir, const char *id)
{
	struct stat name;
	struct stat own;

	if (fstatat(root, id, &name, AT_SYMLINK_NOFOLLOW) < 0 || fstat(dir, &own) < 0)
		return -errno;
	return name.st_ino == own.st_ino && name.st_dev == own.st_dev ? 0 : -ENOENT;
}

/* Lock it, without waiting: who came between mkdir and this will remove it, or has it now. */
static int lock_new(int root, int dir, const char *id)
{
	if (dir < 0)
		return dir;
	return flock(dir, LOCK_EX | LOCK_NB) < 0 ? -errno : check_name(root, dir, id);
}

int state_dir_reserve(int root, const char *id, struct cleat_error *err)
{
	_cleanup_close_ int dir = -1;

	if (mkdirat(root, id, 0700) < 0) {
		if (errno == EEXIST)
			return cleat_fail(err, EEXIST, "container with given ID already exists");
		return cleat_fail(err, errno, "cannot make the directory of container '%s': %m",
				  id);
	}
	dir = dir_open_beneath(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int r = lock_new(root, dir, id);

	if (r < 0)
		(void)unlinkat(root, id, AT_REMOVEDIR); /* an empty one harms nobody */
	if (r == -ENOENT || r == -EWOULDBLOCK)
		return cleat_fail(err, EBUSY,
				  "container '%s' is busy: another command is deleting it", id);
	if (r < 0)
		return cleat_fail(err, -r, "cannot open the directory of container '%s': %m", id);
	/* Or it was overtaken by a whole delete and create. */
	if (record_exists(dir))
		return cleat_fail(err, EEXIST, "container with given ID already exists");
	return take_fd(&dir);
}

int state_dir_open(int root, const char *id, struct cleat_error *err)
{
	int dir = dir_open_beneath(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (dir == -ENOENT)
		return cleat_fail(err, ENOENT, "container does not exist");
	if (dir < 0)
		return cleat_fail(err, -dir, "cannot open the directory of container '%s': %m", id);
	return dir;
}

int state_dir_lock(int root, int dir, const char *id, struct cleat_error *err)
{
	uint64_t end = clock_now(CLOCK_MONOTONIC) + LOCK_TIMEOUT_S * NS_PER_S;
	static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	while (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cleat_fail(err, errno, "cannot lock container '%s': %m", id);
		if (clock_now(CLOCK_MONOTONIC) > end)
			return cleat_fail(
				err, EBUSY,
				"container '%s' is busy: another command is working on it", id);
		(void)nanosleep(&pause, NULL); /* flock has no limit of its own */
	}
	int r = check_name(root, dir, id);

	if (r == -ENOENT)
		return cleat_fail(err, ENOENT, "container does not exist");
	return r < 0 ? cleat_fail(err, -r, "cannot lock container '%s': %m", id) : 0;
}

int state_dir_remove(int root, int dir, const char *id, struct cleat_error *err)
{
	record_remove(dir);
	if (unlinkat(root, id, AT_REMOVEDIR) == 0)
		return 0; /* nothing else was there, as nearly always */
	return dir_remove_tree(root, id, err);
}
