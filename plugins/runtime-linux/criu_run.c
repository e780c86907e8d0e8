/* SPDX-License-Identifier: Apache-2.0 */
/*
 * criu_run.c - `criu swrk` on a socket pair: a request, notifications that wait for our word, an answer.
 *
 * criu is not linked: it is there or it is not, and what it links is larger than all of us. Its standard
 * output and error go to a memory file, because what fails early is said there and not in its log.
 */
#include "criu_run.h"

#include "criu_log.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { REQ_TYPE = 1, REQ_OPTS = 2, REQ_NOTIFY_SUCCESS = 3, SWRK_FD = 3, MAX_ANSWER = 64 << 10 };
enum { RESP_TYPE = 1, RESP_SUCCESS = 2, RESP_RESTORE = 4, RESP_NOTIFY = 5, RESP_ERRNO = 7 };

struct answer {
	uint64_t type, success, cr_errno;
	pid_t pid; /* of a notification or of what was restored */
	char script[64];
	int fd;
};

struct session {
	struct criu_run *run;
	pid_t pid;
	int socket, said; /* ours; its standard output and error */
};

/* ---- the child ------------------------------------------------------------------------------------- */

/* Debian has it in /usr/sbin, and it calls ip and iptables by name: a shim's PATH may lack that. */
static void complete_path(void)
{
	const char *path = getenv("PATH");
	char longer[4096];

	(void)snprintf(longer, sizeof(longer), "%s:/usr/local/sbin:/usr/sbin:/sbin",
		       path ? path : "/usr/local/bin:/usr/bin:/bin");
	(void)setenv("PATH", longer, 1);
}

static int place_descriptors(const struct session *s, int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(s->said, STDOUT_FILENO) < 0 ||
	    dup2(s->said, STDERR_FILENO) < 0)
		return -errno;
	if (sys_close_range(SWRK_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < s->run->ninherit; i++)
		if (fcntl(s->run->inherit[i], F_SETFD, 0) < 0)
			return -errno;
	/* dup2 onto itself would keep the mark. */
	if (socket == SWRK_FD ? fcntl(socket, F_SETFD, 0) < 0 : dup2(socket, SWRK_FD) < 0)
		return -errno;
	return 0;
}

/*
 * criu looks for the directories of the request in the process that has made the socket pair. That has to
 * be itself: our own may be in another mount namespace, where it could not mount anything.
 */
static int make_socket(int to_parent, struct cleat_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cleat_fail(err, errno, "cannot make a socket pair: %m");
	int r = sync_send(to_parent, SYNC_GO, 0, ends[0]);

	return r < 0 ? cleat_fail(err, -r, "cannot pass criu's socket: %m") : ends[1];
}

static void become_criu(const struct session *s, int errors)
{
	struct cleat_error err = { 0 };
	sigset_t none;
	int r = s->run->prepare ? s->run->prepare(s->run->arg, &err) : 0;
	int socket = r == 0 ? make_socket(errors, &err) : -1;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (socket >= 0) {
		r = place_descriptors(s, socket);
		if (r < 0)
			(void)cleat_fail(&err, -r, "cannot place criu's descriptors: %m");
	}
	if (socket >= 0 && r == 0) {
		complete_path();
		(void)execlp("criu", "criu", "swrk", "3", NULL);
		(void)cleat_fail(&err, errno, "cannot run criu: %m%s",
				 errno == ENOENT ? "; checkpoint and restore need the package criu"
						 : "");
	}
	(void)sync_send_error(errors, &err);
	_exit(1);
}

/* ---- the beginning and the end --------------------------------------------------------------------- */

/* The other end of criu's socket, then silence: the channel is close-on-exec. */
static int wait_for_exec(struct session *s, int channel, struct cleat_error *err)
{
	struct sync_message message = { 0 };
	int r = 0;

	do {
		int fd = -1;

		r = sync_receive(channel, &message, &fd);
		if (fd >= 0) {
			cleat_closep(&s->socket);
			s->socket = fd;
		}
	} while (r == 0 && message.kind == SYNC_GO);
	if (r < 0)
		return cleat_fail(err, -r, "cannot hear criu's process: %m");
	if (message.kind == SYNC_FAILED)
		*err = message.err;
	else if (s->socket < 0)
		(void)cleat_fail(err, EPROTO, "criu's process ended without a word");
	return message.kind == SYNC_FAILED || s->socket < 0 ? -err->errnum : 0;
}

int criu_move_up(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD);

	(void)close(fd);
	return moved;
}

static int begin(struct session *s, struct cleat_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cleat_fail(err, errno, "cannot make a socket pair: %m");
	_cleanup_close_ int ours = ends[0];
	_cleanup_close_ int theirs = criu_move_up(ends[1]);

	s->said = criu_move_up(memfd_create("criu", MFD_CLOEXEC));
	if (theirs < 0 || s->said < 0)
		return cleat_fail(err, errno, "cannot prepare criu: %m");
	s->pid = fork();
	if (s->pid == 0)
		become_criu(s, theirs);
	if (s->pid < 0)
		return cleat_fail(err, errno, "cannot fork: %m");
	cleat_closep(&theirs);
	return wait_for_exec(s, ours, err);
}

static void end(struct session *s)
{
	cleat_closep(&s->socket); /* it ends when nobody asks */
	if (s->pid > 0)
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	cleat_closep(&s->said);
}

/* ---- the conversation ------------------------------------------------------------------------------ */

static int send_request(const struct session *s, enum criu_request type, struct criu_message *opts,
			struct cleat_error *err)
{
	_cleanup_criu_ struct criu_message m = { 0 };

	criu_put_number(&m, REQ_TYPE, type);
	if (opts)
		criu_put_message(&m, REQ_OPTS, opts);
	else
		criu_put_number(&m, REQ_NOTIFY_SUCCESS, true);
	if (m.failed)
		return cleat_fail(err, ENOMEM, "cannot ask criu: out of memory");
	ssize_t n = send(s->socket, m.data, m.len, MSG_NOSIGNAL);

	/* EPIPE: it is gone, and the next answer says so. */
	return n < 0 && errno != EPIPE ? cleat_fail(err, errno, "cannot ask criu: %m") : 0;
}

static void parse_inner(const struct criu_field *field, struct answer *out)
{
	const uint8_t *at = field->data;
	struct criu_field f;

	while (at && criu_next(&at, field->data + field->len, &f) > 0) {
		if (field->number == RESP_NOTIFY && f.number == 1 && f.data)
			(void)snprintf(out->script, sizeof(out->script), "%.*s", (int)f.len,
				       (const char *)f.data);
		else if (!f.data) /* pid: field 1 of restore, 2 of a notification */
			out->pid = (pid_t)f.value;
	}
}

static int parse(const uint8_t *data, size_t len, struct answer *out, struct cleat_error *err)
{
	const uint8_t *at = data;
	struct criu_field f;
	int r = 0;

	while ((r = criu_next(&at, data + len, &f)) > 0) {
		if (f.number == RESP_TYPE)
			out->type = f.value;
		else if (f.number == RESP_SUCCESS)
			out->success = f.value;
		else if (f.number == RESP_ERRNO)
			out->cr_errno = f.value;
		else if (f.number == RESP_NOTIFY || f.number == RESP_RESTORE)
			parse_inner(&f, out);
	}
	return r < 0 ? cleat_fail(err, EPROTO, "cannot understand criu's answer") : 0;
}

/* 0: it has hung up. */
static int hear(const struct session *s, struct answer *out, struct cleat_error *err)
{
	static uint8_t data[MAX_ANSWER];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n = 0;

	*out = (struct answer){ .fd = -1 };
	do
		n = recvmsg(s->socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != ECONNRESET)
		return cleat_fail(err, errno, "cannot hear criu: %m");
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
			memcpy(&out->fd, CMSG_DATA(h), sizeof(out->fd));
	if (n <= 0)
		return 0;
	int r = parse(data, (size_t)n, out, err);

	return r < 0 ? r : 1;
}

static int answer_notification(struct session *s, struct answer *a, struct cleat_error *err)
{
	_cleanup_close_ int fd = a->fd;
	int r = s->run->notified ? s->run->notified(s->run->arg, a->script, a->pid, &fd, err) : 0;

	return r < 0 ? r : send_request(s, CRIU_NOTIFY, NULL, err);
}

static const char *name_of(enum criu_request type)
{
	return type == CRIU_RESTORE ? "RESTORE" : type == CRIU_PRE_DUMP ? "PRE_DUMP" : "DUMP";
}

static int failed(const struct session *s, uint64_t cr_errno, struct cleat_error *err)
{
	char line[420];

	criu_log_errors(s->run->work_fd, s->run->log_name, s->said, line, sizeof(line));
	return cleat_fail(err, EIO, "criu failed: type %s errno %d%s%s", name_of(s->run->type),
			  (int)cr_errno, *line ? ": " : "", line);
}

static int converse(struct session *s, struct cleat_error *err)
{
	struct answer a = { 0 };
	int r = send_request(s, s->run->type, &s->run->opts, err);

	while (r == 0) {
		r = hear(s, &a, err);
		if (r == 0)
			return failed(s, 0, err);
		if (r < 0)
			return r;
		if (a.type != CRIU_NOTIFY)
			break;
		r = answer_notification(s, &a, err);
	}
	if (r < 0)
		return r;
	cleat_closep(&a.fd);
	if (!a.success)
		return failed(s, a.cr_errno, err);
	s->run->restored = a.pid;
	return 0;
}

int criu_run(struct criu_run *run, struct cleat_error *err)
{
	struct session s = { .run = run, .socket = -1, .said = -1 };
	int r = begin(&s, err);

	if (r == 0)
		r = converse(&s, err);
	end(&s);
	criu_message_fini(&run->opts);
	return r;
}
