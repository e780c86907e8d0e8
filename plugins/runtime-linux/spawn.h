/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h - clone the child of a container or an exec, as a child of the caller. */
#ifndef RUNTIME_LINUX_SPAWN_H
#define RUNTIME_LINUX_SPAWN_H

#include "cgroup.h"
#include "init.h"

struct spawned {
	pid_t pid;
	pid_t ending; /**< who was it before spawn_replace, until spawn_reap; or 0 */
	int pidfd;
	bool in_cgroup; /**< cloned into cgroup_clone_fd's */
};

/** Make the child; it waits for SYNC_GO in init_run. On failure there is none. */
int spawn(struct init *init, const struct cgroup *cgroup, struct spawned *out,
	  struct cleat_error *err);
/** @pid goes on in the place of @child, which is about to end: nobody has to wait for that now. */
int spawn_replace(struct spawned *child, pid_t pid, struct cleat_error *err);
/** Reap the one that was replaced, if any. */
void spawn_reap(struct spawned *child);
/** Kill and reap it, close its pidfd. Legal on { .pid = 0 }. */
void spawn_kill(struct spawned *child);
/**
 * Why a child that fell silent is gone: reaps it if it has ended and fills @err with a sentence.
 * @oom_before and @oom_now are the cgroup's counts of kills.
 */
int spawn_explain(struct spawned *child, bool oom, struct cleat_error *err);

#endif
