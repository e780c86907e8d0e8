/* SPDX-License-Identifier: Apache-2.0 */
/* io.c - pipes that a host can find again. */
#include <cleat/io.h>

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_named(const char *path, int ends[2])
{
	/* there already: of a shim that was killed */
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return -errno;
	_cleanup_close_ int reader = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (reader < 0 || fstat(reader, &st) < 0)
		return -errno;
	if (!S_ISFIFO(st.st_mode))
		return -EEXIST;
	ends[1] = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (ends[1] < 0)
		return -errno;
	ends[0] = take_fd(&reader);
	return 0;
}

int cleat_io_pipe(const struct cleat_io_request *req, const char *name, int ends[2])
{
	char path[PATH_MAX];

	if (!CLEAT_IO_REQUEST_HAS(req, pipe_dir) || !req->pipe_dir) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
		return 0;
	}
	int n = snprintf(path, sizeof(path), "%s/%s", req->pipe_dir, name);

	return n < 0 || (size_t)n >= sizeof(path) ? -ENAMETOOLONG : open_named(path, ends);
}
