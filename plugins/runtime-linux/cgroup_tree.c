/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_tree.c - which cgroup hierarchies this machine has mounted, and where.
 *
 * Only the mount table counts. Other engines leave plain directories with the names of controllers
 * in the tmpfs at /sys/fs/cgroup; limits written there would be files that nobody reads.
 * Format: proc_pid_mountinfo(5).
 */
#include "cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "mount_table.h"
#include "mountinfo.h"

#define STANDARD_PLACE "/sys/fs/cgroup"

/* One line of the table, cut into its fields in place. */
struct line {
	unsigned int major, minor;
	char *root, *mount_point, *fs_type, *super_options;
};

static bool split_line(char *text, struct line *out)
{
	char *rest = strstr(text, " - ");
	char *save = NULL;

	if (!rest)
		return false;
	*rest = '\0';
	rest += 3;
	text[strcspn(text, "\n")] = '\0';
	rest[strcspn(rest, "\n")] = '\0';
	if (!strtok_r(text, " ", &save) || !strtok_r(NULL, " ", &save))
		return false;
	const char *device = strtok_r(NULL, " ", &save);

	if (!device || sscanf(device, "%u:%u", &out->major, &out->minor) != 2)
		return false;
	out->root = strtok_r(NULL, " ", &save);
	out->mount_point = strtok_r(NULL, " ", &save);
	out->fs_type = strtok_r(rest, " ", &save);
	(void)strtok_r(NULL, " ", &save); /* the source: anybody's word */
	out->super_options = strtok_r(NULL, " ", &save);
	if (!out->root || !out->mount_point || !out->fs_type || !out->super_options)
		return false;
	mountinfo_unescape(out->root);
	mountinfo_unescape(out->mount_point);
	return true;
}

/* The controllers among a version 1 mount's options, in the kernel's order. */
static char *controllers_of(char *options)
{
	static const char *const known[] = { "cpuset",     "cpu",      "cpuacct", "blkio",
					     "memory",     "devices",  "freezer", "net_cls",
					     "perf_event", "net_prio", "hugetlb", "pids",
					     "rdma",       "misc",     "debug" };
	char *list = calloc(1, strlen(options) + 1);
	char *save = NULL;

	if (!list)
		return NULL;
	for (char *word = strtok_r(options, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		bool take = strncmp(word, "name=", 5) == 0;

		for (size_t i = 0; i < ARRAY_SIZE(known) && !take; i++)
			take = strcmp(word, known[i]) == 0;
		if (take && *list)
			strcat(list, ",");
		if (take)
			strcat(list, word);
	}
	return list;
}

/* Is a mount point that cannot be opened for this reason just not for us to see? */
static bool is_out_of_sight(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES;
}

/*
 * Can the mount be seen at its mount point, or is something else mounted over it? Then the device differs.
 * -1: it cannot be told. Without its hierarchy a limit or the rules for devices would silently be none.
 */
static int can_be_seen(const struct line *line, bool real, struct cleat_error *err)
{
	_cleanup_close_ int fd = open(line->mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && is_out_of_sight(errno))
		return 0;
	if (fd < 0 || (real && fstat(fd, &st) < 0))
		return cleat_fail(err, errno, "cannot open the cgroup hierarchy '%s': %m",
				  line->mount_point);
	return !real || st.st_dev == makedev(line->major, line->minor);
}

static void root_fini(struct cgroup_root *root)
{
	free(root->controllers);
	free(root->mount_point);
	free(root->root);
	*root = (struct cgroup_root){ 0 };
}

static bool is_standard(const char *mount_point)
{
	return strncmp(mount_point, STANDARD_PLACE, strlen(STANDARD_PLACE)) == 0;
}

/* The same hierarchy may be mounted often (in every container's root, say): which one is ours? */
static bool is_better(const struct cgroup_root *new, const struct cgroup_root *old)
{
	if (is_standard(new->mount_point) != is_standard(old->mount_point))
		return is_standard(new->mount_point);
	return strcmp(new->root, "/") == 0 && strcmp(old->root, "/") != 0;
}

static void keep(struct cgroup_tree *tree, struct cgroup_root *root)
{
	for (size_t i = 0; i < tree->n; i++) {
		struct cgroup_root *old = &tree->roots[i];

		if (old->version != root->version ||
		    strcmp(old->controllers, root->controllers) != 0)
			continue;
		if (is_better(root, old)) {
			root_fini(old);
			*old = *root;
		} else {
			root_fini(root);
		}
		return;
	}
	if (tree->n < CGROUP_MAX)
		tree->roots[tree->n++] = *root;
	else
		root_fini(root);
}

/* One cgroup mount. @covered: something lies over it. */
static int add_line(char *text, bool real, bool covered, struct cgroup_tree *tree,
		    struct cleat_error *err)
{
	struct line line;
	struct cgroup_root root = { 0 };

	if (!split_line(text, &line))
		return 0;
	if (strcmp(line.fs_type, "cgroup2") == 0)
		root.version = 2;
	else if (strcmp(line.fs_type, "cgroup") == 0)
		root.version = 1;
	else
		return 0;
	/* At the standard place the table's word is enough; elsewhere we might not get there. */
	bool trusted = real && !covered && is_standard(line.mount_point);
	int seen = trusted ? 1 : can_be_seen(&line, real, err);

	if (seen <= 0)
		return seen;
	root.controllers = root.version == 2 ? strdup("") : controllers_of(line.super_options);
	root.mount_point = strdup(line.mount_point);
	root.root = strdup(line.root);
	if (!root.controllers || !root.mount_point || !root.root) {
		root_fini(&root);
		return cleat_fail(err, ENOMEM, "cannot read the mount table: %m");
	}
	if (root.version == 1 && !*root.controllers) {
		root_fini(&root); /* a controller that we have never heard of */
		return 0;
	}
	keep(tree, &root);
	return 0;
}

static enum cgroup_layout layout_of(const struct cgroup_tree *tree)
{
	bool has_v1 = false;
	bool has_v2 = false;

	for (size_t i = 0; i < tree->n; i++) {
		has_v1 |= tree->roots[i].version == 1;
		has_v2 |= tree->roots[i].version == 2;
	}
	if (has_v1)
		return has_v2 ? CGROUP_HYBRID : CGROUP_V1;
	return has_v2 ? CGROUP_V2 : CGROUP_NONE;
}

int cgroup_tree_read(const char *mountinfo, bool real, struct cgroup_tree *out,
		     struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	int rc = cgroup_file_read_all(AT_FDCWD, mountinfo, &text);

	*out = (struct cgroup_tree){ 0 };
	if (rc < 0)
		return cleat_fail(err, -rc, "cannot read the mount table '%s': %m", mountinfo);
	rc = 0;
	struct mount_table table = { 0 };

	if (mount_table_read(&table, text) < 0)
		return cleat_fail(err, ENOMEM, "cannot read the mount table '%s': %m", mountinfo);
	size_t n = 0;

	for (char *line = text, *next = NULL; line && rc == 0; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (strstr(line, " - cgroup"))
			rc = add_line(line, real, mount_table_covers(&table, n), out, err);
		n++;
	}
	free(table.rows);
	if (rc < 0)
		cgroup_tree_fini(out);
	out->layout = layout_of(out);
	return rc;
}

int cgroup_tree_detect(struct cgroup_tree *out, struct cleat_error *err)
{
	return cgroup_tree_read("/proc/self/mountinfo", true, out, err);
}

void cgroup_tree_fini(struct cgroup_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		root_fini(&tree->roots[i]);
	*tree = (struct cgroup_tree){ 0 };
}

bool cgroup_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at; at += strspn(at, ", \n")) {
		size_t this_len = strcspn(at, ", \n");

		if (this_len == len && strncmp(at, word, len) == 0)
			return true;
		at += this_len;
	}
	return false;
}

int cgroup_tree_home(const struct cgroup_tree *tree, const char *controller)
{
	for (size_t i = 0; i < tree->n; i++)
		if (tree->roots[i].version == 1 &&
		    cgroup_list_has(tree->roots[i].controllers, controller))
			return (int)i;
	return cgroup_tree_v2(tree);
}

int cgroup_tree_v2(const struct cgroup_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		if (tree->roots[i].version == 2)
			return (int)i;
	return -1;
}
