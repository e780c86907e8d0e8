/* SPDX-License-Identifier: Apache-2.0 */
/* shim_launch.h - run a shim's actions `start` and `delete` by containerd's rules. */
#ifndef CORE_TASK_SHIM_LAUNCH_H
#define CORE_TASK_SHIM_LAUNCH_H

#include "task/shim_client.h"

struct task;

/** Which program serves runtime @name: a [shim/NAME] or our own. */
struct shim_program {
	char *path;
	bool foreign;
	uint32_t mode; /* of a foreign one: what `start` gets on its standard input */
};
void shim_program_fini(struct shim_program *program);
/** Is the task's runtime a [shim/NAME]? */
bool shim_is_foreign(const struct task *task);
/** ENOENT: no such plugin, shim or file; the text lists what there is. */
int shim_program_find(const struct task *task, struct shim_program *out, struct cleat_error *err);

typedef void (*shim_started)(void *arg, const struct shim_address *address,
			     const struct cleat_error *err);
/** Run `start` in the task's bundle. @done is called once, later. */
int shim_start(struct task *task, shim_started done, void *arg, struct cleat_error *err);

/** The same for a container whose shim is gone: our own shim's `adopt`. */
int shim_adopt(struct task *task, shim_started done, void *arg, struct cleat_error *err);

/** What the `delete` action answered. @known is false when it could not tell. */
struct shim_deleted {
	bool failed; /* something is left; @why says what */
	char why[160];
	bool known;
	uint32_t pid, exit_status;
	uint64_t exited_at; /* nanoseconds */
};
typedef void (*shim_deleted_done)(void *arg, const struct shim_deleted *result);
/** Run `delete`: kill and clean what is left of the container. Failures are logged. */
int shim_delete(struct task *task, shim_deleted_done done, void *arg, struct cleat_error *err);

#endif
