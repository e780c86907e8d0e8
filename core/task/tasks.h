/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.h - every container of this daemon, and what all of them share. */
#ifndef CORE_TASK_TASKS_H
#define CORE_TASK_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct config;
struct depends;
struct events;
struct loop;
struct registry;
struct restarts;
struct snapshots; /* img's: snapshot operations under way */
struct store;
struct task;

/** All borrowed from the daemon, which lives longer. */
struct tasks_env {
	struct loop *loop;
	struct config *config;
	struct registry *registry;
	struct store *store;
	int root_fd;         /* <root> */
	const char *root;    /* absolute */
	const char *state;   /* absolute */
	const char *address; /* of cleatd.sock: where shims publish events */
	char boot_id[37];
};

struct tasks {
	struct tasks_env env;
	struct task *first;          /* oldest first */
	struct snapshots *snapshots; /* owned by snapshot*.c, NULL until used */
	struct events *events;       /* events.h; NULL in unit tests: nobody is told */
	struct restarts *restarts;
	struct depends *depends;    /* depend.c; NULL until somebody waits */
	void (*changed)(void *arg); /* something ended or began: the daemon may be idle now */
	void *changed_arg;
};

int tasks_new(const struct tasks_env *env, struct tasks **out, struct cleat_error *err);
void tasks_free(struct tasks *tasks);

#endif
