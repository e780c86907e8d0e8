/* SPDX-License-Identifier: Apache-2.0 */
/* sysctl.h - linux.sysctl: only what belongs to a namespace of the container's own. */
#ifndef RUNTIME_LINUX_SYSCTL_H
#define RUNTIME_LINUX_SYSCTL_H

#include <cleat/error.h>
#include <cleat/json.h>

struct sysctls; /* checked path and value pairs */

/**
 * Check `linux.sysctl` of @config against its `linux.namespaces`: keys are spelled with '.' or '/',
 * consist of safe names, and belong to a namespace that the container does not share with us
 * (a namespace given by path is compared with ours). EINVAL says which namespace is missing.
 */
int sysctl_plan(const struct json *config, struct sysctls **out, struct cleat_error *err);
/**
 * In the child, inside its namespaces: write them below @procfs_fd, the root of a procfs that the
 * caller made or verified. Opened with RESOLVE_BENEATH, NO_XDEV, NO_SYMLINKS. No allocation.
 */
int sysctl_apply(const struct sysctls *list, int procfs_fd, struct cleat_error *err);
void sysctl_free(struct sysctls *list);
void sysctl_freep(struct sysctls **list);

#endif
