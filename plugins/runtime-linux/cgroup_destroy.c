/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_destroy.c - remove a container's directories, children first.
 *
 * A cgroup cannot be removed while a process is in it, and a killed process is in it until it has
 * gone through exit, some milliseconds. Version 2 tells when the last one has left.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"

#define LIMIT_MS  2000
#define MAX_STEPS 1000000

/* The name of some sub-directory of @dir: 1, 0 when there is none, -errno. */
static int find_child(int dir, char name[256])
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	int found = 0;

	if (!entries)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *e = readdir(entries); e && !found; e = readdir(entries)) {
		if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(name, 256, "%s", e->d_name);
		found = 1;
	}
	(void)closedir(entries); /* only read */
	return found;
}

static bool is_same(int a, int b)
{
	struct stat x;
	struct stat y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
	       x.st_dev == y.st_dev;
}

/*
 * Remove everything below @top. Goes up and down with one descriptor, because a container that
 * may make cgroups can nest them deeper than we can hold descriptors.
 */
static int remove_below(int top)
{
	_cleanup_close_ int dir = cgroup_open_below(top, ".");
	char name[256];
	int rc = dir < 0 ? dir : 0;

	for (int step = 0; rc == 0; step++) {
		rc = step > MAX_STEPS ? -EBUSY : find_child(dir, name);
		if (rc < 0 || (rc == 0 && is_same(dir, top)))
			break;
		if (rc == 1 && (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)) {
			rc = 0;
			continue;
		}
		/* no child: up again. A child that would not go: down, if it has children itself. */
		int next = openat(dir, rc == 1 ? name : "..",
				  O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		char unused[256];

		if (next < 0)
			return errno == ENOENT ? 0 : -errno;
		if (rc == 1 && find_child(next, unused) != 1) {
			close(next);
			return -EBUSY;
		}
		close(dir);
		dir = next;
		rc = 0;
	}
	return rc;
}

static int remove_one(const struct cgroup *cg, size_t i)
{
	char path[PATH_MAX];

	if (!cgroup_full_path(cg, i, path))
		return -ENAMETOOLONG;
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	int rc = cgroup_dir(cg, i);

	if (rc >= 0)
		rc = remove_below(rc);
	if (rc == -ENOENT)
		return 0;

	if (rc < 0)
		return rc;
	return rmdir(path) == 0 || errno == ENOENT ? 0 : -errno;
}

/* Until something changes in the version 2 directory; without one, a short while. */
static void wait_a_little(const struct cgroup *cg, int nap_ms)
{
	char text[128];
	uint64_t populated = 0;
	int dir = cgroup_dir_v2(cg);
	_cleanup_close_ int fd = dir < 0 ? -1 : openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd wait = { .fd = fd, .events = POLLPRI };
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n > 0) {
		text[n] = '\0';
		(void)cgroup_text_key(text, "populated", &populated);
	}
	if (populated)
		(void)poll(&wait, 1, 100);
	else
		cgroup_sleep_ms(nap_ms);
}

bool cgroup_remove_empty(const struct cgroup *cg)
{
	char path[PATH_MAX];

	if (cg->unit) /* the scope has to be stopped */
		return false;
	for (size_t i = 0; i < cg->tree.n; i++)
		if (cg->fd[i] != CGROUP_ABSENT &&
		    (!cgroup_full_path(cg, i, path) || (rmdir(path) < 0 && errno != ENOENT)))
			return false;
	return true;
}

int cgroup_destroy(const struct cgroup *cg, struct cleat_error *err)
{
	int64_t end = cgroup_now_ms() + LIMIT_MS;

	cgroup_systemd_stop(cg);
	for (size_t i = 0; i < cg->tree.n; i++) {
		int rc = cg->fd[i] == CGROUP_ABSENT ? 0 : remove_one(cg, i);

		for (int nap = 1; rc == -EBUSY && cgroup_now_ms() < end;
		     nap = nap < 16 ? nap * 2 : nap) {
			wait_a_little(cg, nap);
			rc = remove_one(cg, i);
		}
		if (rc < 0)
			return cleat_fail(err, -rc, "cannot remove cgroup '%s' of %s: %m", cg->path,
					  cg->tree.roots[i].mount_point);
	}
	return 0;
}
