/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depend.h - a container that is started only after others (--after, --requires).
 *
 * `after` is an order and nothing more: one that is about to start (within ten seconds) is waited for, one that
 * does not run and will not is not. `requires` also starts it, and a start fails when it cannot be had. The
 * others are known by name: one that is removed and made anew still counts.
 */
#ifndef CORE_TASK_DEPEND_H
#define CORE_TASK_DEPEND_H

#include "task/task.h"

/** "db", "db:started" or "db:healthy". EINVAL. */
int depend_parse(const char *word, char name[129], bool *out_healthy, struct cleat_error *err);
/** Would a container of @ns that is called @name and has @config wait for itself? ELOOP with the way round. */
int depend_check_loop(struct tasks *tasks, const char *ns, const char *name,
		      const container_config *config, struct cleat_error *err);
/** The same of a new one, and whether all that it names is there: ENOENT. */
int depend_check_new(struct tasks *tasks, const char *ns, const char *name,
		     const container_config *config, struct cleat_error *err);

struct depend_wait;
/** @err->errnum 0: everything it waited for is there. */
typedef void (*depend_done)(void *arg, const struct cleat_error *err);
/**
 * Wait until @task may start, and start what it requires. 1: it may now; 0: @done will be called from the
 * loop, unless depend_cancel comes first; an error.
 */
int depend_wait(struct task *task, depend_done done, void *arg, struct depend_wait **out,
		struct cleat_error *err);
/** Something may have changed that is no event: a container has nothing more to do. */
void depend_look(struct tasks *tasks);
/** NULL is fine; *@wait is NULL afterwards. */
void depend_cancel(struct depend_wait **wait);

#endif
