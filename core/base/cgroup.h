/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.h - put one of our own processes into a cgroup, whatever hierarchies there are. */
#ifndef CORE_BASE_CGROUP_H
#define CORE_BASE_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Move process @pid to the cgroup @path ("/a/b" or "a/b") of each mounted hierarchy that has it;
 * @make: make it where it is missing. The number of hierarchies that took the process; when none did,
 * the last refusal: -ENOENT, -EACCES...
 */
int cgroup_enter(const char *path, pid_t pid, bool make);

#endif
