/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c - one message, one packet, at most one descriptor. */
#include "sync.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_message(int socket, const struct sync_message *message, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	/* Only a failure carries the text. */
	size_t len = message->kind == SYNC_FAILED ? sizeof(*message) : SYNC_BYTES;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)message, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	ssize_t n = 0;

	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int sync_send(int socket, enum sync_kind kind, int32_t value, int fd)
{
	struct sync_message message = { .kind = kind, .value = value };

	return send_message(socket, &message, fd);
}

int sync_send_error(int socket, const struct cleat_error *err)
{
	struct sync_message message = { .kind = SYNC_FAILED, .err = *err };

	return send_message(socket, &message, -1);
}

int sync_receive(int socket, struct sync_message *out, int *out_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = out, .iov_len = sizeof(*out) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	bool was_reset = false;
	ssize_t n = 0;

	memset(out, 0, sizeof(*out));
	*out_fd = -1;
	/* ECONNRESET: it went without having read all of ours. Told once, and before its own last words. */
	do {
		was_reset = n < 0 && errno == ECONNRESET;
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && (errno == EINTR || (errno == ECONNRESET && !was_reset)));
	if (n < 0 && errno != ECONNRESET)
		return -errno;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
			memcpy(out_fd, CMSG_DATA(h), sizeof(*out_fd));
	if (n <= 0)
		out->kind = SYNC_CLOSED;
	else if ((size_t)n < SYNC_BYTES)
		return -EPROTO;
	out->err.text[sizeof(out->err.text) - 1] = '\0';
	return 0;
}
