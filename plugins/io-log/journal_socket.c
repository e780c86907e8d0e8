/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_socket.c - journald's native protocol: an entry is a datagram.
 *
 * One that is too long for a datagram lies in a memory file instead, which is sealed, so that the
 * receiver can map it without fear, and travels as a descriptor. connect(2) lets poll(2) say when the receiver
 * takes more.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cleat/cleanup.h>

int journal_connect(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return take_fd(&fd);
}

static int write_all(int fd, const struct iovec *parts, size_t nparts)
{
	for (size_t i = 0; i < nparts; i++) {
		const char *at = parts[i].iov_base;
		size_t left = parts[i].iov_len;

		while (left > 0) {
			ssize_t n = write(fd, at, left);

			if (n < 0 && errno != EINTR)
				return -errno;
			at += n > 0 ? n : 0;
			left -= n > 0 ? (size_t)n : 0;
		}
	}
	return 0;
}

static int send_file(int fd, const struct iovec *parts, size_t nparts)
{
	_cleanup_close_ int file = memfd_create("cleat-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	int r = file < 0 ? -errno : write_all(file, parts, nparts);

	if (r == 0 &&
	    fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		r = -errno;
	if (r < 0)
		return r;
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &file, sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int journal_send(int fd, const struct iovec *parts, size_t nparts)
{
	const struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
					.msg_iovlen = nparts };

	if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EMSGSIZE || errno == ENOBUFS ? send_file(fd, parts, nparts) : -errno;
}
