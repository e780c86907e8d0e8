/* SPDX-License-Identifier: Apache-2.0 */
/* restore.h - create's other way: init and all processes come out of images. */
#ifndef RUNTIME_LINUX_RESTORE_H
#define RUNTIME_LINUX_RESTORE_H

#include "box.h"
#include "init.h"
#include "spawn.h"

struct restore {
	struct box *box;
	const struct cleat_create *req;
	const struct init *init; /**< plan, hooks, opened namespaces and root filesystem */
	struct spawned *child;   /**< result: init, our child */
	int console_fd;          /**< result: the terminal's master, or -1 */
};

/** Let criu restore it. The cgroup is there already. On failure no process is left. */
int restore_run(struct restore *restore, struct cleat_error *err);

#endif
