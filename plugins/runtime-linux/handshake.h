/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.h - the parent's half of building a process. */
#ifndef RUNTIME_LINUX_HANDSHAKE_H
#define RUNTIME_LINUX_HANDSHAKE_H

#include "box.h"
#include "init.h"
#include "rlimits.h"
#include "seccomp_notify.h"
#include "spawn.h"

struct handshake {
	struct init *init;
	struct spawned *child;
	struct cgroup *cgroup;
	const struct rlimits *rlimits;
	const char *runtime_hook_state; /**< for prestart and createRuntime, or NULL */
	const char *bundle;
	struct seccomp_agent agent; /**< asked when the filter notifies */
	int listener;               /**< -1, or of a filter whose process still changes its pid */
	bool rlimits_set;           /**< on demand, before READY */
	bool is_cloned;             /**< child is the final one (SYNC_CLONED) */
	int console_fd;             /**< result: the terminal's master, or -1 */
};

/** The pair of sockets, in init. */
int handshake_open(struct init *init, struct cleat_error *err);
/** Let the child go on and do our part until it is READY (exec: until execve has succeeded). */
int handshake(struct handshake *h, struct cleat_error *err);
/** Cgroups, id mappings, OOM score: what has to be before the child's first step. */
int handshake_before(const struct handshake *h, struct cleat_error *err);

#endif
