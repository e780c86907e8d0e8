/* SPDX-License-Identifier: Apache-2.0 */
/* attach_ends.c - the client's half of core/shim/attach.c. */
#include "cli/attach_ends.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/fd.h"

enum { PIPE_BYTES = 1 << 20, PATIENCE_S = 15 };

/* Make a pipe and send the end that is the shim's. */
static int send_end(int socket, char letter, bool into_program, int *out_ours,
		    struct cleat_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot make a pipe: %m");
	_cleanup_close_ int theirs = ends[into_program ? 0 : 1];

	*out_ours = ends[into_program ? 1 : 0];
	(void)fcntl(*out_ours, F_SETFL, O_NONBLOCK);
	(void)fcntl(*out_ours, F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one does as well */
	int r = fd_send(socket, theirs, &letter, 1);

	return r < 0 ? cleat_fail(err, -r, "cannot attach: %s", strerror(-r)) : 0;
}

static int hear_answer(int socket, struct cleat_error *err)
{
	char answer[512];
	ssize_t n = recv(socket, answer, sizeof(answer) - 1, 0);

	if (n <= 0)
		return cleat_fail(err, n < 0 ? errno : ECONNRESET,
				  "cannot attach: the container's shim does not answer");
	answer[n] = '\0';
	return *answer == '+' ? 0 : cleat_fail(err, EINVAL, "cannot attach: %s", answer + 1);
}

static void close_all(struct attach_ends *ends)
{
	cleat_closep(&ends->in);
	cleat_closep(&ends->out);
	cleat_closep(&ends->err);
	cleat_closep(&ends->life);
	*ends = (struct attach_ends){ -1, -1, -1, -1 };
}

static int hand_over(struct attach_ends *ends, bool in, bool err_stream, struct cleat_error *err)
{
	int r = send_end(ends->life, 'o', false, &ends->out, err);

	if (r == 0 && in)
		r = send_end(ends->life, 'i', true, &ends->in, err);
	if (r == 0 && err_stream)
		r = send_end(ends->life, 'e', false, &ends->err, err);
	if (r == 0 && send(ends->life, "!", 1, MSG_NOSIGNAL) != 1)
		r = cleat_fail(err, errno, "cannot attach: %m");
	return r < 0 ? r : hear_answer(ends->life, err);
}

int attach_ends_open(const char *socket, bool in, bool err_stream, struct attach_ends *out,
		     struct cleat_error *err)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };

	*out = (struct attach_ends){ -1, -1, -1, -1 };
	out->life = fd_unix_connect(socket);
	if (out->life < 0)
		return cleat_fail(err, -out->life, "cannot attach: '%s': %s", socket,
				  strerror(-out->life));
	(void)setsockopt(out->life, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	int r = hand_over(out, in, err_stream, err);

	if (r < 0)
		close_all(out);
	return r;
}
