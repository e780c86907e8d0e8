/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fifo.c - a client's fifo for output.
 *
 * The program's end is opened O_RDWR (fifo(7), Linux): opening never waits, and writing never raises
 * SIGPIPE, neither when the client vanishes nor when this process dies. When nobody reads, the fifo
 * fills and the program waits: containerd's documented behaviour.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cleat/cleanup.h>

void fifo_give(const struct io_fifo *io, int fd, const struct cleat_io_request *req)
{
	/* A name that only the container knows: whoever was handed the fifo may open it again. Others
	 * cannot reach it, its directory is 0700. */
	int r = req->uid == CLEAT_IO_NOBODY ? fchmod(fd, 0666) : fchown(fd, req->uid, req->gid);

	if (r < 0)
		io->host->log(io->host, CLEAT_DEBUG, "cannot hand a fifo to user %u: %m", req->uid);
}

/* An end of its own: the flags of an open file description are shared by its copies. */
static int open_again(int fd, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

int fifo_open_output(struct sink *sink, const char *path, const struct cleat_io_request *req,
		     int *out_end, struct cleat_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot open output '%s': %m", path);
	if (!S_ISFIFO(st.st_mode))
		return file_open_output(sink, path, false, out_end, err);
	fifo_give(sink->stream->io, fd, req);
	if (out_end) {
		*out_end = open_again(fd, O_RDWR);
		if (*out_end < 0)
			return cleat_fail(err, errno, "cannot open output '%s': %m", path);
	}
	sink->target = TARGET_FIFO;
	sink->fd = take_fd(&fd);
	return 0;
}

/* As long as our own handle can read, the kernel cannot tell us whether another reader is there. */
static bool give_up_reading(struct sink *sink)
{
	int writer = open_again(sink->fd, O_WRONLY | O_NONBLOCK);

	if (writer < 0)
		return false;
	(void)close(sink->fd);
	sink->fd = writer;
	sink->lingering = true;
	return true;
}

bool fifo_let_go(struct sink *sink)
{
	int unread = 0;

	if (ioctl(sink->fd, FIONREAD, &unread) < 0 || unread == 0)
		return true;
	if (!sink->lingering && !give_up_reading(sink))
		return true;
	struct pollfd p = { .fd = sink->fd };

	return poll(&p, 1, 0) == 0 || !(p.revents & POLLERR);
}
