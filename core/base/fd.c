/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c - what read, write and sendmsg leave to their callers. */
#include "fd.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* @size: what the file said that it has, or 0; then the end need not be read to be known. */
static int read_all(int fd, size_t size, size_t limit, char **out, size_t *out_len,
		    const char *what, struct cleat_error *err)
{
	_cleanup_free_ char *data = NULL;
	size_t room = 4096;
	size_t len = 0;

	while (size == 0 || len < size) {
		char *bigger = data && len + 1 < room ? data : realloc(data, room *= 2);

		if (!bigger)
			return cleat_fail(err, ENOMEM, "cannot read '%s': out of memory", what);
		data = bigger;
		ssize_t n = read(fd, data + len, room - len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cleat_fail(err, errno, "cannot read '%s': %m", what);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > limit)
			return cleat_fail(
				err, EFBIG,
				"cannot read '%s': it is larger than the limit of %zu bytes", what,
				limit);
	}
	data[len] = '\0';
	*out = take_ptr(data);
	if (out_len)
		*out_len = len;
	return 0;
}

int fd_read_file(int dir, const char *name, size_t limit, char **out, size_t *out_len,
		 struct cleat_error *err)
{
	/* O_NONBLOCK: a fifo in the place of a file must not hang us. */
	_cleanup_close_ int fd =
		openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", name);
	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot read '%s': %m", name);
	if (!S_ISREG(st.st_mode))
		return cleat_fail(err, EINVAL, "cannot read '%s': it is not a regular file", name);
	return read_all(fd, (size_t)st.st_size, limit, out, out_len, name, err);
}

int fd_read_all(int fd, size_t limit, char **out, size_t *out_len, const char *what,
		struct cleat_error *err)
{
	return read_all(fd, 0, limit, out, out_len, what, err);
}

int fd_send(int socket, int fd, const void *data, size_t len)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(int));
	ssize_t n = 0;

	do {
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int fd_receive(int socket, int *out_fd, void *data, size_t len)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	ssize_t n = 0;

	*out_fd = -1;
	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head;
	     head = CMSG_NXTHDR(&message, head))
		if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
		    head->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(out_fd, CMSG_DATA(head), sizeof(int));
	return (int)n;
}

int fd_open_standard(void)
{
	struct pollfd three[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int fd = 0;

	/* POLLNVAL: it is not open. */
	if (poll(three, 3, 0) >= 0 &&
	    !((three[0].revents | three[1].revents | three[2].revents) & POLLNVAL))
		return 0;
	do {
		fd = open("/dev/null", O_RDWR); /* takes the lowest free number */
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	(void)close(fd);
	return 0;
}

/* sun_path holds 108 bytes; a path through /proc/self/fd of the directory always fits. */
static int unix_address(const char *path, struct sockaddr_un *address, int *out_dir)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_free_ char *copy2 = strdup(path);

	if (!copy || !copy2)
		return -ENOMEM;
	address->sun_family = AF_UNIX;
	*out_dir = -1;
	if (strlen(path) < sizeof(address->sun_path)) {
		strcpy(address->sun_path, path);
		return 0;
	}
	*out_dir = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*out_dir < 0)
		return -errno;
	int n = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s",
			 *out_dir, basename(copy2));

	return n < (int)sizeof(address->sun_path) ? 0 : -ENAMETOOLONG;
}

int fd_unix_listen(const char *path, unsigned mode, int backlog)
{
	struct sockaddr_un address = { 0 };
	_cleanup_close_ int dir = -1;
	int r = unix_address(path, &address, &dir);

	if (r < 0)
		return r;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* The mode is set before anybody can connect: bind obeys the mode of the socket's inode. */
	if (fchmod(fd, mode) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (listen(fd, backlog) < 0)
		return -errno;
	return take_fd(&fd);
}

static int unix_connect(const char *path, int type)
{
	struct sockaddr_un address = { 0 };
	_cleanup_close_ int dir = -1;
	int r = unix_address(path, &address, &dir);

	if (r < 0)
		return r;
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

int fd_unix_connect(const char *path)
{
	return unix_connect(path, SOCK_STREAM);
}

int fd_unix_connect_now(const char *path)
{
	return unix_connect(path, SOCK_STREAM | SOCK_NONBLOCK);
}

int fd_unix_datagrams(const char *path)
{
	return unix_connect(path, SOCK_DGRAM | SOCK_NONBLOCK);
}
