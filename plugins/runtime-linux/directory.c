/* SPDX-License-Identifier: Apache-2.0 */
/* directory.c - the working directory: made in the image, entered without magic links, verified. */
#include "init.h"

#include "path.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <string.h>

int directory_make(struct init *init, struct cleat_error *err)
{
	if (strcmp(init->process->cwd, "/") == 0)
		return 0;
	_cleanup_close_ int fd = path_make_directory(init->root_fd, init->process->cwd, 0755);

	/* What lies on something mounted later, or is no directory, is judged when it is entered. */
	if (fd < 0 && fd != -EROFS && fd != -EACCES && fd != -ENOTDIR && fd != -EPERM)
		return cleat_fail(err, -fd, "'%s': %m", init->process->cwd);
	return 0;
}

int directory_enter(struct init *init, struct cleat_error *err)
{
	char seen[PATH_MAX];
	const char *cwd = init->process->cwd;

	if (!init->is_exec && strcmp(cwd, "/") == 0) /* since rootfs_enter */
		return 0;
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = root < 0 ? -errno : path_open(root, cwd, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return cleat_fail(err, -fd, "'%s': %m", cwd);
	if (fchdir(fd) < 0)
		return cleat_fail(err, errno, "'%s': %m", cwd);
	/* Outside of our root the kernel says "(unreachable)/..." CVE-2024-21626 */
	if (syscall(SYS_getcwd, seen, sizeof(seen)) < 0 || seen[0] != '/')
		return cleat_fail(err, ENOENT, "'%s' is outside of the container", cwd);
	return 0;
}
