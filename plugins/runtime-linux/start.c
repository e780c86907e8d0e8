/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - both ends of "go".
 *
 * The container's init waits in accept on a socket that it inherited; whoever may enter the state
 * directory connects and says go. Init answers "heard", and then either the connection closes by
 * execve (success: it is close-on-exec) or it carries a struct cleat_error. So `start` reports why
 * an execve failed, works from another process, and never waits for somebody who is not there.
 */
#include "start.h"

#include "box.h"
#include "hooks_state.h"
#include "init.h"
#include "process_id.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { FIRST_MS = 100 }; /* of silence before we look whether it can hear */
enum { GO = 'g', HEARD = 'h' };

/* Through /proc/self/fd: sun_path holds 108 bytes, a state directory's name may not fit. */
static void address_of(int state_fd, struct sockaddr_un *out)
{
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	(void)snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" START_SOCKET,
		       state_fd);
}

int start_listen(int state_fd, struct cleat_error *err)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open the start socket: %m");
	address_of(state_fd, &address);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4) < 0)
		return cleat_fail(err, errno, "cannot make the start socket: %m");
	return take_fd(&fd);
}

/* The child: all is done but the program itself. */
int start_wait(struct init *init, struct cleat_error *err)
{
	const char heard = HEARD;
	char word = 0;
	int r = sync_send(init->sync_child, SYNC_READY, 0, -1);

	if (r < 0)
		return cleat_fail(err, -r, "the runtime is gone: %m");
	(void)close(init->sync_child);
	init->sync_child = -1;
	while (word != GO) {
		int fd = accept4(init->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			_exit(1); /* there is nobody whom we could tell */
		/* Who went away, before or after the word, does not want it any more. */
		if (read(fd, &word, 1) != 1 || word != GO || send(fd, &heard, 1, MSG_NOSIGNAL) != 1)
			word = 0;
		if (word != GO)
			(void)close(fd);
		else
			init->start_fd = fd;
	}
	(void)close(init->listen_fd);
	init->listen_fd = -1;
	init->start_fails_loudly = true;
	return 0;
}

static int connect_start(struct box *box, int *out_fd)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address_of(box->state_fd, &address);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*out_fd = take_fd(&fd);
	return 0;
}

static int check_status(struct box *box, struct cleat_error *err)
{
	switch (box_status(box)) {
	case CLEAT_CREATED:
		return 0;
	case CLEAT_RUNNING:
		return cleat_fail(err, EALREADY, "cannot start an already running container");
	case CLEAT_PAUSED:
	case CLEAT_PAUSING:
		return cleat_fail(err, EBUSY, "cannot start a container in the paused state");
	default:
		return cleat_fail(err, ESRCH, "cannot start a container that has stopped");
	}
}

/* What has come so far on the connection: the word, and perhaps an error after it. */
struct answer {
	size_t used;
	bool closed;
	int listener; /* of a filter that notifies, or -1 */
	char bytes[1 + sizeof(struct cleat_error)];
};

/* As read(2). A SYNC_LISTENER that comes between leaves its descriptor and none of its bytes. */
static ssize_t read_piece(int fd, struct answer *answer)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = answer->bytes + answer->used,
			     .iov_len = sizeof(answer->bytes) - answer->used };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
	    n < (ssize_t)SYNC_BYTES)
		return n;
	memcpy(&answer->listener, CMSG_DATA(head), sizeof(answer->listener));
	answer->used += (size_t)n - SYNC_BYTES;
	errno = EAGAIN; /* whatever follows needs an answer of ours first */
	return -1;
}

static void read_answer(int fd, struct answer *answer)
{
	while (!answer->closed && answer->used < sizeof(answer->bytes)) {
		ssize_t n = read_piece(fd, answer);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* a reset is an end as well: it had something unread */
			answer->closed = true;
		else
			answer->used += (size_t)n;
		if (n > 0 && (size_t)n < sizeof(answer->bytes) / 2)
			return; /* all that there was: poll tells of more */
	}
	answer->closed = true;
}

/* Why nothing came for so long. 0: it was heard and works on it, in a hook or a slow execve. */
static int judge_silence(const struct box *box, const struct answer *answer,
			 struct cleat_error *err)
{
	char state = 0;

	(void)process_id_start_time(box->record.pid, &state);
	if (state == 'T')
		return cleat_fail(
			err, ETIMEDOUT,
			"the container's init does not answer: it is stopped by a signal; "
			"send it SIGCONT");
	if (answer->used > 0)
		return 0;
	return cleat_fail(err, ETIMEDOUT,
			  "the container's init does not answer in time (start-limit)");
}

/* What is frozen cannot hear. Asked only when nothing is heard: nearly always something is. */
static int judge_pause(struct box *box, struct cleat_error *err)
{
	return box_status(box) == CLEAT_PAUSED ? check_status(box, err) : 0;
}

static int wait_answer(struct box *box, int fd, struct answer *answer, struct cleat_error *err)
{
	int limit_ms = (int)(box->rt->settings->start_limit_ns / 1000000);
	int wait_ms = limit_ms < FIRST_MS ? limit_ms : FIRST_MS;
	struct pollfd polls[] = { { .fd = fd, .events = POLLIN },
				  { .fd = box->pidfd, .events = POLLIN } };

	while (!answer->closed) {
		int n = poll(polls, ARRAY_SIZE(polls), wait_ms);

		if (n < 0 && errno != EINTR)
			return cleat_fail(err, errno, "cannot wait for the container: %m");
		if (n == 0 && answer->used == 0 && judge_pause(box, err) < 0)
			return -err->errnum;
		if (n == 0 && wait_ms == limit_ms && judge_silence(box, answer, err) < 0)
			return -err->errnum;
		wait_ms = limit_ms;
		read_answer(fd, answer);
		if (answer->listener >= 0 &&
		    start_send_listener(box, fd, take_fd(&answer->listener), err) < 0)
			return -err->errnum; /* hanging up ends it */
		if (n > 0 && polls[1].revents && !answer->closed) {
			read_answer(fd, answer); /* its last words came before its end */
			answer->closed = true;
		}
	}
	return 0;
}

static int judge_answer(struct box *box, const struct answer *answer, struct cleat_error *err)
{
	if (answer->used == sizeof(answer->bytes)) {
		memcpy(err, answer->bytes + 1, sizeof(*err));
		err->text[sizeof(err->text) - 1] = '\0';
		return -(err->errnum > 0 ? err->errnum : EIO);
	}
	if (answer->used >= 1)
		return 0;
	/* Not heard: another start was first, or init has died. */
	if (box_is_alive(box))
		return cleat_fail(err, EALREADY, "cannot start an already running container");
	return cleat_fail(err, ESRCH, "cannot start a container that has stopped");
}

static int run_poststart(struct box *box, struct cleat_error *err)
{
	int r = hooks_state_run(box, HOOK_POSTSTART, "running", err);

	if (r == 0)
		return 0;
	/* Since specification 1.3 this is a failure of start: nothing keeps running. */
	if (box->pidfd >= 0)
		(void)sys_pidfd_send_signal(box->pidfd, SIGKILL);
	return r;
}

int linux_start(void *self, struct cleat_error *err)
{
	struct box *box = self;
	struct answer answer = { .listener = -1 };
	_cleanup_close_ int fd = -1;
	char word = GO;
	/* before "go": a container that nobody would answer stays created */
	int r = box->record.notifies ? check_status(box, err) : 0;

	if (r == 0)
		r = start_probe_agent(box, err);
	if (r < 0)
		return r;
	r = connect_start(box, &fd);
	if (r == -ECONNREFUSED) { /* somebody was killed after "go" and before the unlink below */
		(void)unlinkat(box->state_fd, START_SOCKET, 0);
		r = -ENOENT;
	}
	if (r == -ENOENT)
		return check_status(box, err) < 0
			       ? -err->errnum
			       : cleat_fail(err, EALREADY,
					    "cannot start an already running container");
	if (r < 0)
		return cleat_fail(err, -r, "cannot reach the container's init: %m");
	if (send(fd, &word, 1, MSG_NOSIGNAL) != 1)
		return cleat_fail(err, errno, "cannot reach the container's init: %m");
	r = wait_answer(box, fd, &answer, err);
	if (r < 0 && answer.used == 0) /* hanging up takes "go" back: it still waits for one */
		return r;
	(void)unlinkat(box->state_fd, START_SOCKET, 0);
	if (r == 0)
		r = judge_answer(box, &answer, err);
	return r < 0 ? r : run_poststart(box, err);
}
