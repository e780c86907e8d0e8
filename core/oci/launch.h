/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h - from a bundle to a created container: what `create` and `run` share. */
#ifndef CORE_OCI_LAUNCH_H
#define CORE_OCI_LAUNCH_H

#include "existing.h"

struct launch {
	struct container container;
	struct cleat_process process;
	bool tried; /**< the runtime was asked to create it */
	int images; /**< restore: directory of images, borrowed; else -1 */
	const char *restore_options;
};

#define LAUNCH_NONE                                                     \
	((struct launch){ .container = { .root = -1, .dir = -1 },       \
			  .process = { .pidfd = -1, .console_fd = -1 }, \
			  .images = -1 })

/** Make the container of rest[0], or restore it: then it runs. On failure nothing is left. */
int launch_create(const struct arguments *arguments, bool detached, struct launch *out,
		  struct cleat_error *err);
/** Stay with it in the foreground until it has ended; delete it unless --keep was given. */
int launch_attend(struct launch *launch, const struct arguments *arguments,
		  struct cleat_error *err);
/** Destroy what was made and remove its directory. */
int launch_destroy(struct launch *launch, struct cleat_error *err);
/** launch_destroy after another failure, or when only the exit status counts: warns. */
void launch_clean_up(struct launch *launch);
void launch_fini(struct launch *launch);
#define _cleanup_launch_ __attribute__((cleanup(launch_fini)))

/** Flags for create and exec from the global and the command's flags. EINVAL. */
int launch_flags(const struct arguments *arguments, uint32_t *out, struct cleat_error *err);

#endif
