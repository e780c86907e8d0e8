/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over.c - terminal, pidfd and pid file for the caller (oci-runtime.md 2.6). */
#include "hand_over.h"

#include "base/fd.h"
#include "base/file_atomic.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int connect_to(const char *path, const char *what, struct cleat_error *err)
{
	int fd = fd_unix_connect(path);

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot connect to the %s '%s': %m", what, path);
	return fd;
}

int hand_over_connect(const struct arguments *arguments, bool terminal, bool detached,
		      struct hand_over *out, struct cleat_error *err)
{
	const char *path = arguments->console_socket;

	if (terminal && detached && !path)
		return cleat_fail(err, EINVAL,
				  "cannot allocate tty if cleat-oci will detach without setting "
				  "console socket");
	if (path && !(terminal && detached))
		return cleat_fail(err, EINVAL,
				  "cannot use console socket if cleat-oci will not detach or "
				  "allocate tty");
	if (path && (out->console = connect_to(path, "console socket", err)) < 0)
		return -err->errnum;
	path = arguments->pidfd_socket;
	if (path && (out->pidfd = connect_to(path, "pidfd socket", err)) < 0)
		return -err->errnum;
	return 0;
}

static int send_to(int socket, int fd, const char *payload, const char *what,
		   struct cleat_error *err)
{
	int r = fd_send(socket, fd, payload, strlen(payload));

	if (r < 0)
		return cleat_fail(err, -r, "cannot send the %s to its socket: %m", what);
	return 0;
}

/* Digits only: callers convert the whole file. A symlink in its place is replaced, not followed. */
static int write_pid_file(const char *path, int32_t pid, struct cleat_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	_cleanup_free_ char *parent = slash == path ? strdup("/")
				      : slash       ? strndup(path, (size_t)(slash - path))
						    : strdup(".");
	_cleanup_close_ int dir = -1;
	char digits[16];

	if (!parent)
		return cleat_fail(err, ENOMEM, "out of memory");
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cleat_fail(err, errno, "cannot write pid file '%s': %m", path);
	int n = snprintf(digits, sizeof(digits), "%d", pid);

	if (file_replace(dir, name, digits, (size_t)n, 0644, false, err) < 0)
		return cleat_wrap(err, "cannot write pid file '%s'", path);
	return 0;
}

int hand_over_send(const struct arguments *arguments, struct hand_over *sockets,
		   struct cleat_process *process, bool is_exec, struct cleat_error *err)
{
	if (sockets->console >= 0 &&
	    send_to(sockets->console, process->console_fd, "cleat-console", "terminal", err) < 0)
		return -err->errnum;
	if (sockets->pidfd >= 0 && send_to(sockets->pidfd, process->pidfd,
					   is_exec ? "setns" : "standard", "pidfd", err) < 0)
		return -err->errnum;
	if (!arguments->pid_file)
		return 0;
	return write_pid_file(arguments->pid_file, process->pid, err);
}

void hand_over_fini(struct hand_over *sockets)
{
	cleat_closep(&sockets->console);
	cleat_closep(&sockets->pidfd);
	*sockets = HAND_OVER_NONE;
}
