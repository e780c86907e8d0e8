/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c - run again from a read-only mount of one file that is in no mount table. */
#include "seal.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <linux/mount.h>

#define EXE "/proc/self/exe"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

extern char **environ;

static char true_path[PATH_MAX];

static bool is_sealed_copy(void)
{
	_cleanup_close_ int fd = open(EXE, O_RDONLY | O_CLOEXEC);
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);

	return seals >= 0 && seals & F_SEAL_WRITE;
}

static bool is_sealed(void)
{
	struct statfs fs;

	if (statfs(EXE, &fs) < 0)
		return false;
	return fs.f_flags & ST_RDONLY || (fs.f_type == TMPFS_MAGIC && is_sealed_copy());
}

/* Believed only in the second life: then the link itself says nothing ("/", "/memfd:..."). */
static void learn_path(void)
{
	const char *told = getenv(SEAL_TOLD_BY);
	const char *name = told ? strrchr(told, '/') : NULL;

	if (!name || strlen(told) >= sizeof(true_path))
		return;
	memcpy(true_path, told, strlen(told) + 1);
	(void)prctl(PR_SET_NAME, name + 1, 0, 0, 0);
	(void)unsetenv(SEAL_TOLD_BY);
}

int seal_program_path(char *out, size_t room)
{
	/* A second life without need (seal_entry.c) is not told by seal_program. */
	if (!true_path[0] && getenv(SEAL_TOLD_BY) && is_sealed())
		learn_path();
	if (true_path[0]) {
		int n = snprintf(out, room, "%s", true_path);

		return n > 0 && (size_t)n < room ? 0 : -ENAMETOOLONG;
	}
	ssize_t n = readlink(EXE, out, room - 1);

	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	out[n] = '\0';
	return 0;
}

static int open_read_only_mount(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	_cleanup_close_ int fd = open_tree(AT_FDCWD, EXE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return take_fd(&fd);
}

static int open_sealed_copy(void)
{
	struct stat st;
	_cleanup_close_ int from = open(EXE, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = memfd_create("cleat", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (to < 0 && errno == EINVAL) /* before Linux 6.3 */
		to = memfd_create("cleat", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return -errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		left -= n;
	}
	if (fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return take_fd(&to);
}

int seal_program(char *const argv[], struct cleat_error *err)
{
	char path[PATH_MAX];

	if (geteuid() != 0)
		return 0;
	if (is_sealed()) {
		learn_path();
		return 0;
	}
	int r = seal_program_path(path, sizeof(path));
	_cleanup_close_ int fd = r < 0 ? r : open_read_only_mount();

	if (r == 0 && fd < 0)
		fd = open_sealed_copy();
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot protect this program from the container: %m");
	if (setenv(SEAL_TOLD_BY, path, 1) < 0)
		return cleat_fail(err, errno, "cannot run this program again: %m");
	(void)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return cleat_fail(err, errno, "cannot run this program again: %m");
}
