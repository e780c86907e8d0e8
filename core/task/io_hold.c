/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io_hold.c - hold the fifos open while a foreign shim creates the process.
 *
 * containerd's clients open them before Create, and its shims block in Create until somebody has.
 * Ours come after Prepare has told them the paths; until they run, we stand in for them.
 */
#include "task/io_hold.h"

#include <fcntl.h>
#include <unistd.h>

static int hold(const char *path)
{
	return path && *path == '/' ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW) : -1;
}

void io_hold(struct task *task)
{
	io_release(task);
	if (!task->foreign)
		return;
	/* One that cannot be opened shows as Create's time-out. */
	task->held[0] = hold(task->io.in) + 1;
	task->held[1] = hold(task->io.out) + 1;
	task->held[2] = hold(task->io.err) + 1;
}

void io_release(struct task *task)
{
	for (int i = 0; i < 3; i++) {
		if (task->held[i] > 0)
			(void)close(task->held[i] - 1);
		task->held[i] = 0;
	}
}
