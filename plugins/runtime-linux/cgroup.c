/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c - a container's cgroups as a handle: plan and load it, ask it, free it. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_handle.h"
#include "descriptors.h"
#include "name.h"

#define DEFAULT_PARENT "/cleat"

/* PATH with one '/' before each component and none at the end. */
static char *normalise(const char *path)
{
	char *text = malloc(strlen(path) + 2);
	char *to = text;

	while (text && *path) {
		size_t len = strcspn(path, "/");

		if (len > 0) {
			*to++ = '/';
			memcpy(to, path, len);
			to += len;
		}
		path += len + (path[len] == '/');
	}
	if (text)
		*to = '\0';
	return text;
}

static void fill_view(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->tree.n; i++) {
		const struct cgroup_root *root = &cg->tree.roots[i];
		const char *slash = strrchr(root->mount_point, '/');

		cg->view[i] = (struct cgroup_hierarchy){
			.controllers = root->controllers,
			.mount_point = root->mount_point,
			.dir_name = slash ? slash + 1 : root->mount_point,
			.path = cg->path,
			.version = root->version,
		};
	}
}

int cgroup_new(const struct cleat_host *host, struct cgroup_tree *tree, const char *path,
	       struct cgroup **out, struct cleat_error *err)
{
	_cleanup_(cgroup_freep) struct cgroup *cg = calloc(1, sizeof(*cg));

	if (!cg) {
		cgroup_tree_fini(tree);
		return cleat_fail(err, ENOMEM, "cannot prepare cgroup '%s': %m", path);
	}
	cg->tree = *tree;
	*tree = (struct cgroup_tree){ 0 };
	cg->fd = malloc(CGROUP_MAX * sizeof(*cg->fd));
	for (size_t i = 0; cg->fd && i < CGROUP_MAX; i++)
		cg->fd[i] = CGROUP_ABSENT;
	cg->host = host;
	cg->path = normalise(path);
	if (!cg->path || !cg->fd)
		return cleat_fail(err, ENOMEM, "cannot prepare cgroup '%s': %m", path);
	fill_view(cg);
	*out = take_ptr(cg);
	return 0;
}

int cgroup_open_below(int dir_fd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	while (*path == '/')
		path++;
	int fd = (int)syscall(SYS_openat2, dir_fd, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

bool cgroup_full_path(const struct cgroup *cg, size_t i, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s", cg->tree.roots[i].mount_point, cg->path);

	return n > 0 && n < PATH_MAX;
}

/* By its name below the mount point: there are no links in a cgroup filesystem, and "path" has no "..". */
static int open_dir(const struct cgroup *cg, size_t i)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	char path[PATH_MAX];

	if (!cgroup_full_path(cg, i, path))
		return -ENAMETOOLONG;
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int cgroup_dir(const struct cgroup *cg, size_t i)
{
	if (cg->fd[i] == CGROUP_ABSENT)
		return -ENOENT;
	if (cg->fd[i] >= 0)
		return cg->fd[i];
	int fd = open_dir(cg, i);

	if (fd >= 0 || fd == -ENOENT)
		cg->fd[i] = fd < 0 ? CGROUP_ABSENT : fd;
	return fd;
}

static int open_one(struct cgroup *cg, size_t i, struct cleat_error *err)
{
	int fd = cgroup_dir(cg, i);

	return fd >= 0 || fd == -ENOENT ? 0
					: cleat_fail(err, -fd, "cannot open cgroup '%s' in %s: %m",
						     cg->path, cg->tree.roots[i].mount_point);
}

int cgroup_open_dirs(struct cgroup *cg, struct cleat_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < cg->tree.n && *cg->path && rc == 0; i++) {
		cg->fd[i] = CGROUP_UNOPENED;
		rc = open_one(cg, i, err);
	}
	return rc;
}

/*
 * The ones that every command looks into, for a freezer: not to see it must not mean that nothing is frozen. The
 * others are opened when they are needed, or found absent then.
 */
static int open_freezers(struct cgroup *cg, struct cleat_error *err)
{
	const int homes[] = { cgroup_tree_v2(&cg->tree), cgroup_tree_home(&cg->tree, "freezer") };
	int rc = 0;

	for (size_t i = 0; i < cg->tree.n && *cg->path; i++)
		cg->fd[i] = CGROUP_UNOPENED;
	for (size_t i = 0; i < ARRAY_SIZE(homes) && *cg->path && rc == 0; i++)
		rc = homes[i] < 0 ? 0 : open_one(cg, (size_t)homes[i], err);
	return rc;
}

/* linux.cgroupsPath as it is; what is relative, or the id alone, goes below the parent. */
static int choose_path(const struct json *config, const char *id, const char *parent, char **out,
		       bool *out_asked, struct cleat_error *err)
{
	const char *path = NULL;
	int rc = json_get_text(json_get(config, "linux"), "cgroupsPath", &path, err);

	if (rc < 0)
		return cleat_wrap(err, "linux");
	*out_asked = path && *path;
	if (*out_asked)
		rc = name_check_path(path, "linux.cgroupsPath", err);
	else
		rc = name_check(id, "a cgroup", err);
	if (rc < 0)
		return rc;
	if (*out_asked && *path == '/')
		rc = asprintf(out, "%s", path);
	else
		rc = asprintf(out, "%s/%s", parent ? parent : DEFAULT_PARENT,
			      *out_asked ? path : id);
	if (rc < 0)
		return cleat_fail(err, ENOMEM, "cannot prepare a cgroup: %m");
	rc = name_check_path(*out, "the path of a cgroup", err);
	if (rc < 0) {
		free(*out);
		return rc;
	}
	return 0;
}

/* Somebody else's container, or what is left of one: do not move in. */
int cgroup_check_vacant(struct cgroup *cg, struct cleat_error *err)
{
	_cleanup_free_ int32_t *pids = NULL;
	size_t n = 0;
	int rc = cgroup_is_frozen(cg, err);

	if (rc > 0)
		return cleat_fail(
			err, EBUSY,
			"cannot use cgroup '%s': it exists and is frozen; thaw and remove "
			"it, or name another in linux.cgroupsPath",
			cg->path);
	if (rc == 0)
		rc = cgroup_pids(cg, &pids, &n, err);
	if (rc == 0 && n > 0)
		return cleat_fail(err, EBUSY,
				  "cannot use cgroup '%s': it exists and holds process %d; "
				  "another container may be using it",
				  cg->path, pids[0]);
	return rc;
}

int cgroup_plan_path(const struct cleat_host *host, struct cgroup_tree *tree,
		     const struct json *config, const char *path, bool asked, struct cgroup **out,
		     struct cleat_error *err)
{
	_cleanup_(cgroup_freep) struct cgroup *cg = NULL;
	const struct json *resources = NULL;
	int rc = cgroup_new(host, tree, path, &cg, err);

	if (rc == 0)
		rc = json_get_node(json_get(config, "linux"), "resources", JSON_OBJECT, &resources,
				   err);
	if (rc == 0)
		rc = cgroup_limits_parse(&cg->tree, resources, 0, &cg->limits, err);
	if (rc == 0)
		rc = device_rules_read(cg->limits.devices, &cg->devices, err);
	if (rc < 0)
		return rc;
	cg->limits.devices = NULL; /* the document may go */
	cg->asked = asked || cg->limits.n > 0;
	if (cg->tree.layout == CGROUP_NONE && cg->asked)
		return cleat_fail(err, ENOTSUP, "cannot make cgroup '%s': none is mounted", path);
	*out = take_ptr(cg);
	return 0;
}

int cgroup_plan_on(const struct cleat_host *host, struct cgroup_tree *tree,
		   const struct json *config, const char *id, const char *parent,
		   struct cgroup **out, struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;
	bool asked = false;
	int rc = choose_path(config, id, parent, &path, &asked, err);

	if (rc < 0) {
		cgroup_tree_fini(tree);
		return rc;
	}
	return cgroup_plan_path(host, tree, config, path, asked, out, err);
}

int cgroup_plan(const struct cleat_host *host, const struct json *config, const char *id,
		const char *parent, uint32_t flags, struct cgroup **out, struct cleat_error *err)
{
	struct cgroup_tree tree = { 0 };

	if (flags & CLEAT_SYSTEMD_CGROUP)
		return cgroup_systemd_plan(host, config, id, out, err);
	if (flags & CLEAT_NO_CGROUP)
		return cgroup_new(host, &tree, "", out, err);
	int rc = cgroup_tree_detect(&tree, err);

	return rc < 0 ? rc : cgroup_plan_on(host, &tree, config, id, parent, out, err);
}

int cgroup_load(const struct cleat_host *host, const char *path, struct cgroup **out,
		struct cleat_error *err)
{
	_cleanup_(cgroup_freep) struct cgroup *cg = NULL;
	struct cgroup_tree tree = { 0 };
	int rc = 0;

	if (*path) {
		rc = name_check_path(path, "a recorded cgroup", err);
		if (rc == 0)
			rc = cgroup_tree_detect(&tree, err);
	}
	if (rc == 0)
		rc = cgroup_new(host, &tree, path, &cg, err);
	if (rc == 0)
		rc = open_freezers(cg, err);
	if (rc == 0)
		*out = take_ptr(cg);
	return rc;
}

const char *cgroup_path(const struct cgroup *cg)
{
	return cg->path;
}

const char *cgroup_path_in(const struct cgroup *cg, size_t i)
{
	return cg->sub_path[i] ? cg->sub_path[i] : cg->path;
}

int cgroup_dir_of(const struct cgroup *cg, const char *controller, int *out_version)
{
	int home = cgroup_tree_home(&cg->tree, controller);

	if (home < 0)
		return -1;
	*out_version = cg->tree.roots[home].version;
	return cgroup_dir(cg, (size_t)home);
}

int cgroup_dir_v2(const struct cgroup *cg)
{
	int i = cgroup_tree_v2(&cg->tree);

	return i < 0 ? -1 : cgroup_dir(cg, (size_t)i);
}

bool cgroup_exists(const struct cgroup *cg)
{
	/* What cannot be opened for another reason is there. */
	for (size_t i = 0; i < cg->tree.n; i++)
		if (cgroup_dir(cg, i) != -ENOENT)
			return true;
	return false;
}

enum cgroup_layout cgroup_layout_of(const struct cgroup *cg)
{
	return cg->tree.layout;
}

const struct cgroup_hierarchy *cgroup_hierarchy_at(const struct cgroup *cg, size_t i)
{
	return i < cg->tree.n ? &cg->view[i] : NULL;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	if (cg->fd)
		descriptors_close_all(cg->fd, CGROUP_MAX);
	for (size_t i = 0; i < CGROUP_MAX; i++)
		free(cg->sub_path[i]);
	free(cg->fd);
	cgroup_tree_fini(&cg->tree);
	cgroup_limits_fini(&cg->limits);
	device_rules_fini(&cg->devices);
	cgroup_systemd_free(cg);
	free(cg->path);
	free(cg);
}

void cgroup_freep(struct cgroup **cg)
{
	int saved = errno;

	cgroup_free(*cg);
	errno = saved;
}

int64_t cgroup_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cgroup_sleep_ms(int ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L };

	(void)nanosleep(&time, NULL); /* a signal makes it shorter: the callers loop */
}
