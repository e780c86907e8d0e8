/* SPDX-License-Identifier: Apache-2.0 */
/* mount_helper.c - what needs a place in the tree for a moment gets it where nobody sees it. */
#include "mount_helper.h"

#include "sync.h"
#include "syscalls.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int help(mount_helper helper, const void *arg, int socket)
{
	struct cleat_error err = { 0 };
	int fd = unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0
			 ? cleat_fail(&err, errno, "cannot make a mount namespace: %m")
			 : helper(arg, &err);

	return fd < 0 ? sync_send_error(socket, &err) : sync_send(socket, SYNC_READY, 0, fd);
}

int mount_by_helper(mount_helper helper, const void *arg, int *out_fd, struct cleat_error *err)
{
	struct clone3_args args = { .exit_signal = SIGCHLD };
	struct sync_message message = { 0 };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cleat_fail(err, errno, "cannot make a socket pair: %m");
	pid_t pid = sys_clone3(&args);

	if (pid == 0)
		_exit(help(helper, arg, ends[1]) < 0);
	int saved = errno;

	(void)close(ends[1]);
	int r = pid < 0 ? -saved : sync_receive(ends[0], &message, out_fd);

	(void)close(ends[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	if (r == 0 && message.kind == SYNC_FAILED) {
		*err = message.err;
		return -(err->errnum > 0 ? err->errnum : EIO);
	}
	if (r == 0 && *out_fd < 0)
		r = -EPROTO;
	return r < 0 ? cleat_fail(err, -r, "cannot hear from a helper: %m") : 0;
}
