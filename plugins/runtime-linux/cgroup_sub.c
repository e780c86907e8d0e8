/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_sub.c - cgroups below the container's own: for exec, and handed over to the container.
 *
 * What is below belongs to the container, and its names are its own. Nothing may lead out: each
 * step is openat2(RESOLVE_BENEATH) from the container's directory. (crun 1.28 fixed "..".)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "name.h"

/* A second handle on the same directories, with trees and paths of its own. */
static int again(const struct cgroup *cg, struct cgroup **out, struct cleat_error *err)
{
	return cgroup_load(cg->host, cg->path, out, err);
}

/* Point hierarchy @i of @place to @sub below the container's. */
static int enter(struct cgroup *place, size_t i, const char *sub, struct cleat_error *err)
{
	int fd = cgroup_open_below(place->fd[i], sub);

	if (fd < 0)
		return cleat_fail(err, -fd, "cannot use sub-cgroup '%s' of '%s' in %s: %m", sub,
				  place->path, place->tree.roots[i].mount_point);
	close(place->fd[i]);
	place->fd[i] = fd;
	free(place->sub_path[i]);
	if (asprintf(&place->sub_path[i], "%s/%s", place->path, sub) < 0) {
		place->sub_path[i] = NULL;
		return cleat_fail(err, ENOMEM, "cannot use sub-cgroup '%s': %m", sub);
	}
	return 0;
}

/* Is hierarchy @i meant by the list "cpu,memory"? NULL means all. */
static bool is_meant(const struct cgroup *cg, size_t i, const char *list)
{
	char word[64];

	if (!list)
		return true;
	for (const char *at = list; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		(void)snprintf(word, sizeof(word), "%.*s", (int)len, at);
		if (cgroup_list_has(cg->tree.roots[i].controllers, word))
			return true;
		at += len;
	}
	return false;
}

static int enter_all(struct cgroup *place, const char *sub, struct cleat_error *err)
{
	const char *colon = strchr(sub, ':');
	_cleanup_free_ char *list = colon ? strndup(sub, (size_t)(colon - sub)) : NULL;
	const char *path = colon ? colon + 1 : sub;
	bool any = false;
	int rc = name_check_path(path, "a sub-cgroup", err);

	for (size_t i = 0; i < place->tree.n && rc == 0; i++) {
		if (!is_meant(place, i, list) || cgroup_dir(place, i) < 0)
			continue;
		any = true;
		rc = enter(place, i, path + strspn(path, "/"), err);
	}
	if (rc == 0 && !any)
		rc = cleat_fail(err, EINVAL, "cannot use sub-cgroup '%s': no such controller", sub);
	return rc;
}

/* Where is @init in the version 2 hierarchy, below the container's path? NULL: at it, or elsewhere. */
static char *init_below(const struct cgroup *cg, pid_t init)
{
	_cleanup_free_ char *text = NULL;
	int v2 = cgroup_tree_v2(&cg->tree);
	char name[48];
	size_t len = strlen(cg->path);

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", init);
	if (v2 < 0 || cgroup_file_read_all(AT_FDCWD, name, &text) < 0)
		return NULL;
	const char *root = cg->tree.roots[v2].root;
	size_t root_len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");

	if (!line)
		return NULL;
	line = strchr(line, '/');
	if (!line || strncmp(line, root, root_len) != 0 ||
	    strncmp(line + root_len, cg->path, len) != 0 || line[root_len + len] != '/')
		return NULL;
	line += root_len + len + 1;
	return strndup(line, strcspn(line, "\n"));
}

/* A v2 cgroup that hands controllers down may hold no process. */
static bool hands_down(int dir)
{
	char text[512];

	return dir >= 0 && cgroup_file_read(dir, "cgroup.subtree_control", text, sizeof(text)) > 0;
}

int cgroup_open_sub(const struct cgroup *cg, const char *sub, pid_t init, struct cgroup **out,
		    struct cleat_error *err)
{
	_cleanup_(cgroup_freep) struct cgroup *place = NULL;
	_cleanup_free_ char *below = NULL;
	int v2 = cgroup_tree_v2(&cg->tree);

	*out = NULL;
	if (!*cg->path || !sub) {
		below = hands_down(cgroup_dir_v2(cg)) ? init_below(cg, init) : NULL;
		if (!below || name_check_path(below, "a sub-cgroup", err) < 0)
			return 0;
	}
	int rc = again(cg, &place, err);

	if (rc == 0 && !below)
		rc = enter_all(place, sub, err);
	else if (rc == 0 && cgroup_dir(place, (size_t)v2) >= 0)
		rc = enter(place, (size_t)v2, below, err);
	if (rc == 0)
		*out = take_ptr(place);
	return rc;
}

static int give(int dir, const char *name, uid_t uid, gid_t gid)
{
	int rc = fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH));

	return rc < 0 && errno != ENOENT ? -errno : 0;
}

int cgroup_delegate(const struct cgroup *cg, uid_t uid, gid_t gid, struct cleat_error *err)
{
	char list[4096];
	char *save = NULL;
	int dir = cgroup_dir_v2(cg);

	if (dir < 0)
		return 0;
	if (cgroup_file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list)) < 0)
		(void)snprintf(list, sizeof(list),
			       "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
	int rc = give(dir, "", uid, gid);

	for (char *name = strtok_r(list, "\n", &save); name && rc == 0;
	     name = strtok_r(NULL, "\n", &save))
		rc = name_is_safe(name) ? give(dir, name, uid, gid) : 0;
	return rc < 0 ? cleat_fail(err, -rc, "cannot hand cgroup '%s' over to user %u: %m",
				   cg->path, uid)
		      : 0;
}
