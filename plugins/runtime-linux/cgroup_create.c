/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_create.c - make the directories, limits first, and put a process in.
 *
 * Limits are written before the process enters, so there is no moment without them. A container
 * gets a directory in every hierarchy that is mounted, also where nothing is limited: freezing,
 * counting and killing go by what is in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"
#include "descriptors.h"

#define TRIES 5

/* A new version 1 cpuset is empty and admits nobody; the specification wants it to inherit. */
static int inherit_cpuset(int parent, int child)
{
	static const char *const files[] = { "cpuset.mems", "cpuset.cpus" };
	char text[4096];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int n = cgroup_file_read(child, files[i], text, sizeof(text));

		if (n > 0)
			continue;
		if (n == 0)
			n = cgroup_file_read(parent, files[i], text, sizeof(text));
		if (n > 0)
			n = cgroup_file_write(child, files[i], text);
		if (n < 0)
			return n;
	}
	return 0;
}

/* In a parent that clones, the kernel has set both when the directory is made. */
static bool has_inherited(int child)
{
	char text[4096];

	return cgroup_file_read(child, "cpuset.mems", text, sizeof(text)) > 0;
}

/* Version 2 shows a controller's files in a directory only when its parent hands it down. */
static void enable_controllers(struct cgroup *cg, int dir)
{
	char have[512] = "";
	char on[512] = "";
	char *save = NULL;

	if (cgroup_file_read(dir, "cgroup.controllers", have, sizeof(have)) <= 0 ||
	    cgroup_file_read(dir, "cgroup.subtree_control", on, sizeof(on)) < 0)
		return;
	for (char *name = strtok_r(have, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		char word[64];

		if (cgroup_list_has(on, name))
			continue;
		(void)snprintf(word, sizeof(word), "+%s", name);
		int rc = cgroup_file_write(dir, "cgroup.subtree_control", word);

		/* not fatal: perhaps nobody needs it. A limit that does will say this. */
		if (rc < 0)
			(void)snprintf(cg->not_enabled, sizeof(cg->not_enabled),
				       "the %s controller could not be enabled: %s", name,
				       strerror(-rc));
	}
}

static bool wants_controllers(const struct cgroup *cg, size_t i)
{
	if (cg->tree.roots[i].version != 2)
		return false;
	if (cg->tree.layout == CGROUP_V2)
		return true;
	for (size_t w = 0; w < cg->limits.n; w++)
		if (cg->limits.writes[w].root == (int)i)
			return true;
	return false;
}

static bool is_cpuset(const struct cgroup *cg, size_t i)
{
	return cg->tree.roots[i].version == 1 &&
	       cgroup_list_has(cg->tree.roots[i].controllers, "cpuset");
}

/* One component below @parent: its descriptor or -errno. */
static int make_one(struct cgroup *cg, size_t i, int parent, const char *name, bool is_last)
{
	if (wants_controllers(cg, i))
		enable_controllers(cg, parent);
	bool is_new = mkdirat(parent, name, 0755) == 0;

	if (!is_new && errno != EEXIST)
		return -errno;
	cg->made[i] += is_new;
	_cleanup_close_ int dir =
		openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	if (is_cpuset(cg, i)) {
		int rc = inherit_cpuset(parent, dir);

		if (rc < 0)
			return rc;
		/* A parent of our own making clones for the next one. Not fatal: it saves time. */
		if (!is_last && is_new)
			(void)cgroup_file_write(dir, "cgroup.clone_children", "1");
	}
	return take_fd(&dir);
}

/* Remove what make_one made in hierarchy @i, deepest first; what is not of our making is none of ours. */
static void unmake(struct cgroup *cg, size_t i)
{
	char path[PATH_MAX];
	bool known = cgroup_full_path(cg, i, path);

	if (cg->fd[i] >= 0)
		close(cg->fd[i]);
	cg->fd[i] = CGROUP_ABSENT;
	for (; known && cg->made[i] > 0; cg->made[i]--) {
		/* a parent may have got other children by now: then it stays */
		(void)rmdir(path);
		*strrchr(path, '/') = '\0';
	}
	cg->made[i] = 0;
}

/* The usual case, in one step: the parents are there, and none has to be prepared. */
static bool make_leaf(struct cgroup *cg, size_t i)
{
	char path[PATH_MAX];

	if (wants_controllers(cg, i) || !cgroup_full_path(cg, i, path) || mkdir(path, 0755) < 0)
		return false;
	cg->made[i] = 1;
	cg->fd[i] = CGROUP_UNOPENED;
	return !is_cpuset(cg, i) || has_inherited(cgroup_dir(cg, i));
}

static int make_path(struct cgroup *cg, size_t i)
{
	if (cg->made[i] > 0 || make_leaf(cg, i))
		return 0;
	_cleanup_close_ int dir =
		open(cg->tree.roots[i].mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[256];

	if (dir < 0)
		return -errno;
	for (const char *at = cg->path; *at;) {
		size_t len = strcspn(++at, "/");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, at);
		int next = make_one(cg, i, dir, name, !at[len]);

		if (next < 0)
			return next;
		close(dir);
		dir = next;
		at += len;
	}
	if (cg->fd[i] >= 0)
		close(cg->fd[i]);
	cg->fd[i] = take_fd(&dir);
	return 0;
}

/* Without privileges, and with nothing asked for, a hierarchy that is not ours is left out. */
static bool may_be_missing(const struct cgroup *cg, int rc)
{
	return !cg->asked && (rc == -EPERM || rc == -EACCES || rc == -EROFS);
}

static const char *remedy(const struct cgroup *cg, int rc)
{
	if (!cg->asked || geteuid() == 0 || (rc != -EPERM && rc != -EACCES))
		return "";
	return "; without privileges limits need a delegated cgroup: name one in linux.cgroupsPath, "
	       "or leave cgroupsPath and limits out";
}

static int make_dirs(struct cgroup *cg, struct cleat_error *err)
{
	for (size_t i = 0; i < cg->tree.n; i++) {
		int rc = make_path(cg, i);

		/* ENOENT: an empty parent was removed by somebody between two steps */
		for (int try = 1; rc == -ENOENT && try < TRIES; try++) {
			unmake(cg, i);
			rc = make_path(cg, i);
		}
		if (rc < 0 && !may_be_missing(cg, rc))
			return cleat_fail(err, -rc, "cannot make cgroup '%s' in %s: %m%s", cg->path,
					  cg->tree.roots[i].mount_point, remedy(cg, rc));
		if (rc < 0)
			unmake(cg, i);
		cg->view[i].missing = rc < 0;
	}
	return 0;
}

/* Without privilege nobody can make a device node, and nobody may change the rules. */
static bool devices_are_safe(void)
{
	char text[128];

	return geteuid() != 0 ||
	       (cgroup_file_read(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) > 0 &&
		!strstr(text, "4294967295"));
}

static int write_devices(const struct cgroup *cg, struct cleat_error *err)
{
	int version = 0;
	int dir = cgroup_dir_of(cg, "devices", &version);
	int rc = 0;

	if (dir < 0)
		rc = cleat_fail(err, ENOTSUP,
				"cannot restrict devices of cgroup '%s': neither a devices "
				"hierarchy nor cgroup2 is mounted",
				cg->path);
	else if (version == 1)
		rc = device_rules_write_v1(&cg->devices, dir, err);
	else
		rc = device_rules_attach_v2(&cg->devices, dir, err);
	return rc < 0 && devices_are_safe() ? 0 : rc;
}

static bool is_all_ours(const struct cgroup *cg)
{
	for (size_t i = 0; i < cg->tree.n; i++)
		if (cg->made[i] == 0 && cg->fd[i] != CGROUP_ABSENT)
			return false;
	return true;
}

/* Nobody else's: what was begun may hold our own process already. */
static int check_vacant(struct cgroup *cg, struct cleat_error *err)
{
	int v2 = cg->begun ? cgroup_tree_v2(&cg->tree) : -1;
	int fd = v2 < 0 ? CGROUP_ABSENT : cg->fd[v2];

	if (v2 >= 0)
		cg->fd[v2] = CGROUP_ABSENT;
	int rc = cgroup_check_vacant(cg, err);

	if (v2 >= 0)
		cg->fd[v2] = fd;
	return rc;
}

bool cgroup_begin(struct cgroup *cg)
{
	int v2 = cgroup_tree_v2(&cg->tree);

	if (!*cg->path || cg->unit || cg->tree.layout == CGROUP_V2 ||
	    cg->tree.layout == CGROUP_NONE || (v2 >= 0 && !make_leaf(cg, (size_t)v2)))
		return false;
	for (size_t i = 0; i < cg->tree.n; i++)
		cg->fd[i] = CGROUP_UNOPENED;
	cg->begun = true;
	return true;
}

uint32_t cgroup_missing(const struct cgroup *cg)
{
	uint32_t missing = 0;

	_Static_assert(CGROUP_MAX < 32, "a bit each, in a positive number");
	for (size_t i = 0; i < cg->tree.n; i++)
		missing |= cg->view[i].missing ? 1u << i : 0;
	return missing;
}

void cgroup_set_missing(struct cgroup *cg, uint32_t missing)
{
	for (size_t i = 0; i < cg->tree.n; i++)
		if (missing & 1u << i) {
			cg->view[i].missing = true;
			cg->fd[i] = CGROUP_ABSENT;
		}
}

int cgroup_create(struct cgroup *cg, struct cleat_error *err)
{
	return *cg->path && !cg->unit ? cgroup_make(cg, err) : 0;
}

int cgroup_make(struct cgroup *cg, struct cleat_error *err)
{
	int rc = make_dirs(cg, err);

	/* What systemd has made holds the process already: that one was asked before. */
	if (rc == 0 && !cg->unit && !is_all_ours(cg))
		rc = check_vacant(cg, err);
	if (rc == 0)
		rc = cgroup_write_limits(cg, &cg->limits, false, err);
	if (rc == 0)
		rc = write_devices(cg, err);
	/* What was begun is busy: it goes with the process. */
	for (size_t i = 0; rc < 0 && i < cg->tree.n; i++)
		if (!cg->begun || cg->tree.roots[i].version == 1)
			unmake(cg, i);
	return rc;
}

int cgroup_clone_fd(const struct cgroup *cg)
{
	/* systemd wants to move it there itself; pids.max 0 refuses fork into it, but not a move: the program runs, and makes no other */
	return cg->limits.no_process || cg->unit ? -1 : cgroup_dir_v2(cg);
}

int cgroup_add(const struct cgroup *cg, pid_t pid, bool cloned_into, struct cleat_error *err)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", pid);
	for (size_t i = 0; i < cg->tree.n; i++) {
		if (cg->fd[i] == CGROUP_ABSENT || (cloned_into && cg->tree.roots[i].version == 2))
			continue;
		int rc = cgroup_dir(cg, i);

		if (rc == -ENOENT && cg->made[i] == 0) /* as in cgroup_enter */
			continue;
		if (rc >= 0)
			rc = cgroup_file_write(rc, "cgroup.procs", text);

		if (rc < 0)
			return cleat_fail(err, -rc,
					  "cannot put process %d into cgroup '%s' of %s: %m", pid,
					  cgroup_path_in(cg, i), cg->tree.roots[i].mount_point);
	}
	return 0;
}

/* For this alone the directory need not be opened. */
static int open_members(const struct cgroup *cg, size_t i, const char *file)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
	char path[PATH_MAX];

	if (cg->fd[i] >= 0)
		return openat(cg->fd[i], file, flags);
	if (!cgroup_full_path(cg, i, path) || strlen(path) + strlen(file) + 2 > sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)stpcpy(stpcpy(path + strlen(path), "/"), file);
	return open(path, flags);
}

/*
 * The caller itself, as a single thread: the kernel then needs no lock over all thread groups, whose
 * grace period costs several milliseconds (cgroup_procs_write_start; only by "0" in version 1's `tasks`).
 */
int cgroup_enter(const struct cgroup *cg, bool cloned_into, struct cleat_error *err)
{
	int fds[CGROUP_MAX];
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < cg->tree.n && rc == 0; i++) {
		bool version_2 = cg->tree.roots[i].version == 2;

		if (cg->fd[i] == CGROUP_ABSENT || (cloned_into && version_2))
			continue;
		fds[n] = open_members(cg, i, version_2 ? "cgroup.procs" : "tasks");
		/* Of a container that was found again: who is in it keeps its directory there. */
		if (fds[n] < 0 && errno == ENOENT && cg->fd[i] == CGROUP_UNOPENED &&
		    cg->made[i] == 0 && !cg->begun)
			continue;
		if (fds[n] < 0 || write(fds[n], "0", 1) != 1)
			rc = cleat_fail(err, errno, "cannot enter cgroup '%s' of %s: %m",
					cgroup_path_in(cg, i), cg->tree.roots[i].mount_point);
		n++;
	}
	descriptors_close_all(fds, n);
	return rc;
}
