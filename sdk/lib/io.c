/* SPDX-License-Identifier: Apache-2.0 */
/* io.c - pipes, and a number, that a host can find again. */
#include <cleat/io.h>

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
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

uint64_t *cleat_io_discarded(const struct cleat_io_request *req)
{
	char path[PATH_MAX];

	if (!CLEAT_IO_REQUEST_HAS(req, pipe_dir) || !req->pipe_dir || *req->exec_id)
		return NULL;
	int n = snprintf(path, sizeof(path), "%s/discarded", req->pipe_dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return NULL;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	/* a hole would be SIGBUS when there is no space */
	if (fd < 0 || posix_fallocate(fd, 0, sizeof(uint64_t)) != 0)
		return NULL;
	void *map = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

void cleat_io_discarded_end(uint64_t *discarded)
{
	if (discarded)
		(void)munmap(discarded, sizeof(*discarded));
}
