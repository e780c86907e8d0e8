/* SPDX-License-Identifier: Apache-2.0 */
/* actions.h - what the program is run for: each returns its exit status. */
#ifndef CORE_SHIM_ACTIONS_H
#define CORE_SHIM_ACTIONS_H

#include "shim.h"

/**
 * `start`: make the socket, leave a server behind, print its address. `adopt` is the same for a container
 * of cleatd's whose shim was killed; with -console FD its terminal's master is descriptor FD of the
 * parent process.
 */
int action_start(const struct flags *flags, char **argv);
/** `delete`: clean up after a container whose shim may be gone. */
int action_delete(const struct flags *flags, char **argv);
/** -info: what this runtime can do, as containerd.types.RuntimeInfo. */
int action_info(void);

/**
 * The server: takes @listen_fd and @ready_fd, to which it writes one cleat_error (errnum 0: it serves).
 * Returns when it was shut down.
 */
int serve(const struct flags *flags, int listen_fd, int ready_fd, int console,
	  const char *socket_path);

/** Run cleat-shim-dl instead when the bundle in the working directory names a plugin that is not built in. */
int program_choose(char **argv, struct cleat_error *err);
/**
 * @dir/<sha256 of address/namespace/group>: where the server listens. @dir NULL: containerd's;
 * @group NULL: the id alone. Free it.
 */
char *socket_path(const struct flags *flags, bool engine, const char *dir, const char *group);
/**
 * *@out is the group (pod) that the bundle in the working directory belongs to by its annotations, or
 * NULL. Free it.
 */
int group_of_bundle(char **out, struct cleat_error *err);
/** Move this process into cgroup @path, which exists. */
int shim_cgroup_enter(const char *path, struct cleat_error *err);

#endif
