/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_tree.h - which cgroup hierarchies this machine has mounted, and where. */
#ifndef RUNTIME_LINUX_CGROUP_TREE_H
#define RUNTIME_LINUX_CGROUP_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "cgroup.h"

#define CGROUP_MAX 24 /* the kernel has about 15 controllers; more roots than that are ignored */

/** One mounted hierarchy. */
struct cgroup_root {
	char *controllers; /* "cpu,cpuacct", "name=systemd"; "" for version 2 */
	char *mount_point;
	char *root; /* what of the hierarchy is mounted there: "/", or "/docker/..." when nested */
	int version;
};

struct cgroup_tree {
	enum cgroup_layout layout;
	size_t n;
	struct cgroup_root roots[CGROUP_MAX];
};

/** Read /proc/self/mountinfo. No cgroup mounted is CGROUP_NONE, not an error. */
int cgroup_tree_detect(struct cgroup_tree *out, struct cleat_error *err);
/**
 * The same from the file @mountinfo. @real: check that each mount point shows what the table says
 * (an over-mounted one does not); tests on plain directories say false.
 */
int cgroup_tree_read(const char *mountinfo, bool real, struct cgroup_tree *out,
		     struct cleat_error *err);
void cgroup_tree_fini(struct cgroup_tree *tree);

/** Does "cpu,cpuacct" contain "cpu"? */
bool cgroup_list_has(const char *list, const char *word);
/** Index of the version 1 hierarchy with @controller, else of the version 2 one, else -1. */
int cgroup_tree_home(const struct cgroup_tree *tree, const char *controller);
/** Index of the version 2 hierarchy, or -1. */
int cgroup_tree_v2(const struct cgroup_tree *tree);

#endif
