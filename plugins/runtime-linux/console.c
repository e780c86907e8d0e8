/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.c - the program's terminal: a pty of the container's own devpts.
 *
 * The multiplexer is judged by what it is before it is used, the slave is opened through the master
 * and not by a name, and /dev/console is covered by descriptor (CVE-2025-52565).
 */
#include "init.h"

#include "mount_fd.h"
#include "path.h"
#include "sync.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

enum { SLAVE_MAJOR_FIRST = 136, SLAVE_MAJOR_LAST = 143 };

static int verify(int fd, unsigned major_first, unsigned major_last, int minor_number,
		  const char *what, struct cleat_error *err)
{
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return cleat_fail(err, errno, "%s: %m", what);
	if (fs.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(st.st_mode) ||
	    major(st.st_rdev) < major_first || major(st.st_rdev) > major_last ||
	    (minor_number >= 0 && minor(st.st_rdev) != (unsigned)minor_number))
		return cleat_fail(err, ENODEV, "%s is no terminal of a devpts", what);
	return 0;
}

static int open_master(int root, int *out, struct cleat_error *err)
{
	int unlocked = 0;
	_cleanup_close_ int seen =
		path_open(root, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	if (seen < 0)
		return cleat_fail(err, -seen, "'/dev/pts/ptmx': %m");
	/* Before it is opened for real: opening a device can have effects. */
	int r = verify(seen, 5, 5, 2, "'/dev/pts/ptmx'", err);

	if (r < 0)
		return r;
	_cleanup_close_ int master = path_open(root, "/dev/pts/ptmx",
					       O_RDWR | O_NOCTTY | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	if (master < 0)
		return cleat_fail(err, -master, "'/dev/pts/ptmx': %m");
	r = verify(master, 5, 5, 2, "'/dev/pts/ptmx'", err);
	if (r == 0 && ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		r = cleat_fail(err, errno, "cannot unlock the terminal: %m");
	if (r == 0)
		*out = take_fd(&master);
	return r;
}

static int set_size(const struct init *init, int master)
{
	struct winsize size = { .ws_row = init->rows, .ws_col = init->columns };

	if (!size.ws_row && !size.ws_col) {
		size.ws_row = init->process->rows;
		size.ws_col = init->process->columns;
	}
	if (!size.ws_row && !size.ws_col)
		return 0;
	return ioctl(master, TIOCSWINSZ, &size);
}

/* The system's console in the container is its terminal. Made only where /dev is the container's. */
static int cover_console(const struct init *init, struct cleat_error *err)
{
	_cleanup_close_ int target = path_make_file(init->root_fd, "/dev/console", 0600);

	if (target < 0)
		return cleat_fail(err, -target, "'/dev/console': %m");
	_cleanup_close_ int tty = mount_fd_clone(init->tty_fd, "", false, false);
	int r = tty < 0 ? tty
			: verify(tty, SLAVE_MAJOR_FIRST, SLAVE_MAJOR_LAST, -1, "the terminal", err);

	if (r == 0)
		r = mount_fd_attach(tty, target);
	return r < 0 ? cleat_fail(err, -r, "'/dev/console': %m") : 0;
}

int console_open(struct init *init, struct cleat_error *err)
{
	_cleanup_close_ int master = -1;

	if (!init->process->terminal)
		return 0;
	if (init->root_fd < 0) /* exec: we are in the container's root already */
		init->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = open_master(init->root_fd, &master, err);

	if (r < 0)
		return r;
	init->tty_fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (init->tty_fd < 0)
		return cleat_fail(err, errno, "cannot open the other end: %m");
	r = verify(init->tty_fd, SLAVE_MAJOR_FIRST, SLAVE_MAJOR_LAST, -1, "the other end", err);
	if (r < 0)
		return r;
	if (set_size(init, master) < 0)
		return cleat_fail(err, errno, "cannot set the size: %m");
	/* The group is devpts's choice (gid=5, tty). */
	if (fchown(init->tty_fd, init->process->uid, (gid_t)-1) < 0 && errno != EINVAL)
		return cleat_fail(err, errno, "owner: %m");
	r = init->is_exec ? 0 : cover_console(init, err);
	if (r < 0)
		return r;
	r = sync_send(init->sync_child, SYNC_CONSOLE, 0, master);
	return r < 0 ? cleat_fail(err, -r, "cannot hand over the terminal: %m") : 0;
}
