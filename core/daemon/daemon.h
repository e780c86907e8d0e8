/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.h - cleatd: what its files share. */
#ifndef CORE_DAEMON_DAEMON_H
#define CORE_DAEMON_DAEMON_H

#include <stdbool.h>

#include "config/config.h"
#include "plugin/registry.h"
#include "rpc/ttrpc.h"
#include "service/service.h"
#include "store/store.h"
#include "task/tasks.h"

struct cleat_watch;

struct daemon {
	struct loop *loop;
	struct config *config;
	struct registry *registry;
	struct store *store;
	struct tasks *tasks;
	struct rpc_server *server;
	struct service service;
	int lock_fd, root_fd;
	bool owns_socket; /* not systemd's: removed at the end */
	struct cleat_watch *idle_timer, *term, *interrupt;
	bool leaving;
};

/** lock.c: <state>/cleatd.lock, held until the process ends. EBUSY: another cleatd holds it. */
int daemon_lock(const char *state, const char *socket, struct cleat_error *err);
/** owned.c: EPERM when somebody else owns the directory or may write to it. */
int daemon_owned(int dir_fd, const char *path, struct cleat_error *err);
/** socket.c: systemd's socket, or one of our own. fd or error. */
int daemon_listen(const char *path, bool *out_ours, struct cleat_error *err);
/** A socket of root's own at @path, in place of one that a dead daemon left. fd or error. */
int daemon_listen_at(const char *path, struct cleat_error *err);
/** cgroup.c: leave the caller's cgroup for /cleat.daemon where that is possible. */
void daemon_own_cgroup(void);
/** idle.c: leave when nothing has happened for idle-exit. */
void daemon_watch_idle(struct daemon *daemon);
/** main.c: let answers be written, then leave the loop. */
void daemon_leave(void *arg);

#endif
