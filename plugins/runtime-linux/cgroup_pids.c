/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_pids.c - which processes are in a container's cgroups, and signals to all of them.
 *
 * All hierarchies are read: a process can have left one of them, but not all without privileges
 * that the container was given. A pid is only a number: before a signal the process is pinned by a
 * pidfd and asked again whether it is ours.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "cgroup_file.h"
#include "cgroup_handle.h"

#define MAX_PIDS ((size_t)4 << 20)
#define ROUNDS   50 /* of killing what forks faster than we read */

struct pid_list {
	int32_t *pids;
	size_t n, room;
};

static int add_pid(struct pid_list *list, int32_t pid)
{
	if (list->n >= MAX_PIDS)
		return -E2BIG;
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		int32_t *bigger = reallocarray(list->pids, room, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		list->pids = bigger;
		list->room = room;
	}
	list->pids[list->n++] = pid;
	return 0;
}

static int read_procs(int dir, struct pid_list *list)
{
	_cleanup_free_ char *text = NULL;
	int rc = cgroup_file_read_all(dir, "cgroup.procs", &text);

	if (rc == -ENODEV || rc == -ENOENT || rc == -EOPNOTSUPP)
		return 0; /* just removed; or threaded: its domain above lists the processes */
	if (rc < 0)
		return rc;
	for (char *at = text; *at;) {
		char *end = NULL;
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		/* 0 stands for a process that our pid namespace does not show */
		rc = pid > 0 ? add_pid(list, (int32_t)pid) : 0;
		if (rc < 0)
			return rc;
		at = end + (*end == '\n');
	}
	return 0;
}

/*
 * The next sub-directory of @dir after *@pos (-1: from the start): 1 and its descriptor, 0 at the
 * end, or -errno. Positions stay good over closing and opening: the kernel's are hashes of names.
 */
static int next_child(int dir, long *pos, int *out_child)
{
	struct stat st;

	/* a cgroup counts its children as links, and most have none: no need to read the names */
	if (*pos < 0 && fstat(dir, &st) == 0 && st.st_nlink == 2)
		return 0;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	int rc = 0;

	if (!entries)
		return errno == ENOENT ? 0 : -errno;
	if (*pos >= 0)
		seekdir(entries, *pos);
	for (struct dirent *e = readdir(entries); e && rc == 0; e = readdir(entries)) {
		if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		int child = cgroup_open_below(dir, e->d_name);

		*pos = telldir(entries);
		if (child >= 0) {
			*out_child = child;
			rc = 1;
			break;
		}
		rc = child == -ENOENT ? 0 : child;
	}
	(void)closedir(entries); /* only read */
	return rc;
}

static int grow(long **positions, size_t depth, size_t *room)
{
	if (depth < *room)
		return 0;
	long *bigger = reallocarray(*positions, *room + 64, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	*positions = bigger;
	*room += 64;
	return 0;
}

/*
 * All processes at and below @top. Up and down with one descriptor and a list of positions: who may
 * make cgroups can nest them deeper than we can hold descriptors, and must not escape a kill so.
 */
static int walk(int top, struct pid_list *list)
{
	_cleanup_free_ long *positions = NULL;
	_cleanup_close_ int dir = cgroup_open_below(top, ".");
	size_t depth = 0;
	size_t room = 0;
	int rc = dir < 0 ? dir : grow(&positions, 0, &room);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	positions[0] = -1;
	rc = read_procs(dir, list);
	while (rc == 0) {
		int next = -1;
		int found = next_child(dir, &positions[depth], &next);

		if (found < 0 || (found == 0 && depth == 0))
			return found;
		if (found == 0)
			next = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return errno == ENOENT ? 0 : -errno; /* removed under our feet */
		close(dir);
		dir = next;
		depth = found ? depth + 1 : depth - 1;
		if (!found)
			continue;
		rc = grow(&positions, depth, &room);
		if (rc == 0)
			positions[depth] = -1;
		if (rc == 0)
			rc = read_procs(dir, list);
	}
	return rc;
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a;
	int32_t y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void sort_unique(struct pid_list *list)
{
	size_t kept = 0;

	if (list->n)
		qsort(list->pids, list->n, sizeof(*list->pids), by_number);
	for (size_t i = 0; i < list->n; i++)
		if (kept == 0 || list->pids[kept - 1] != list->pids[i])
			list->pids[kept++] = list->pids[i];
	list->n = kept;
}

int cgroup_pids(const struct cgroup *cg, int32_t **out_pids, size_t *out_n, struct cleat_error *err)
{
	struct pid_list list = { 0 };
	int rc = 0;

	if (!cgroup_exists(cg))
		return cleat_fail(err, ENOENT,
				  "cannot list processes: the container has no cgroup");
	for (size_t i = 0; i < cg->tree.n && rc == 0; i++)
		if (cg->fd[i] != CGROUP_ABSENT) {
			int dir = cgroup_dir(cg, i);

			rc = dir == -ENOENT ? 0 : dir < 0 ? dir : walk(dir, &list);
		}
	if (rc < 0) {
		free(list.pids);
		return cleat_fail(err, -rc, "cannot list processes of cgroup '%s': %m", cg->path);
	}
	sort_unique(&list);
	*out_pids = list.pids;
	*out_n = list.n;
	return 0;
}

/* Is "N:controllers:PATH" of a /proc/PID/cgroup line at or below @path? */
static bool line_is_below(const char *line, const struct cgroup *cg)
{
	const char *path = strchr(line, ':');
	size_t len = strlen(cg->path);

	path = path ? strchr(path + 1, ':') : NULL;
	if (!path)
		return false;
	/* a nested machine sees paths that begin with what is mounted as its root */
	for (size_t i = 0; i < cg->tree.n; i++) {
		const char *root = cg->tree.roots[i].root;
		size_t root_len = strcmp(root, "/") == 0 ? 0 : strlen(root);
		const char *rest = path + 1 + root_len;

		if (strncmp(path + 1, root, root_len) == 0 && strncmp(rest, cg->path, len) == 0 &&
		    (rest[len] == '/' || rest[len] == '\n' || rest[len] == '\0'))
			return true;
	}
	return false;
}

static bool is_member(const struct cgroup *cg, const char *who)
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%s/cgroup", who);
	if (cgroup_file_read_all(AT_FDCWD, path, &text) < 0)
		return false;
	for (const char *line = text; line && *line;) {
		if (line_is_below(line, cg))
			return true;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}

/* 1: signalled, 0: gone or not ours any more. */
static int signal_one(const struct cgroup *cg, int32_t pid, int signal)
{
	char who[16];
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return errno == ESRCH ? 0 : -errno;
	(void)snprintf(who, sizeof(who), "%d", pid);
	if (pid == getpid() || !is_member(cg, who))
		return 0;
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		return errno == ESRCH ? 0 : -errno;
	return 1;
}

static int signal_all(const struct cgroup *cg, int signal, size_t *out_n, struct cleat_error *err)
{
	_cleanup_free_ int32_t *pids = NULL;
	size_t n = 0;
	int rc = cgroup_pids(cg, &pids, &n, err);

	*out_n = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		int one = signal_one(cg, pids[i], signal);

		if (one < 0)
			rc = cleat_fail(err, -one, "cannot send signal %d to process %d: %m",
					signal, pids[i]);
		else
			*out_n += (size_t)one;
	}
	return rc;
}

int cgroup_signal(const struct cgroup *cg, int signal, struct cleat_error *err)
{
	size_t n = 0;

	if (signal == SIGKILL)
		return cgroup_kill(cg, err);
	int rc = signal_all(cg, signal, &n, err);

	if (rc == 0 && n == 0)
		return cleat_fail(err, ESRCH, "cannot send signal %d: no process in cgroup '%s'",
				  signal, cg->path);
	return rc;
}

/* Nobody forks while all are frozen; and if they will not freeze, be quicker than they are. */
static int kill_by_hand(const struct cgroup *cg, struct cleat_error *err)
{
	struct cleat_error ignored;
	size_t n = 1;
	size_t before = 0;
	bool frozen = cgroup_freeze(cg, &ignored) == 0;
	int rc = signal_all(cg, SIGKILL, &n, err);

	/* a killed process stays listed until it is reaped: stop when the number does not change */
	for (int round = 0; rc == 0 && !frozen && n != before && round < ROUNDS; round++) {
		before = n;
		rc = signal_all(cg, SIGKILL, &n, err);
	}
	/* version 1 delivers not even SIGKILL to the frozen */
	if (cgroup_thaw(cg, &ignored) < 0 && rc == 0) {
		*err = ignored;
		rc = -err->errnum;
	}
	return rc;
}

int cgroup_kill(const struct cgroup *cg, struct cleat_error *err)
{
	struct cleat_error ignored;
	int v2 = cgroup_dir_v2(cg);
	size_t n = 0;

	if (!cgroup_exists(cg))
		return 0;
	if (is_member(cg, "self"))
		return cleat_fail(err, EPERM, "cannot kill everything in cgroup '%s': we are in it",
				  cg->path);
	int rc = v2 < 0 ? -ENOENT : cgroup_file_write(v2, "cgroup.kill", "1");

	if (rc == -ENOENT || rc == -EOPNOTSUPP) /* before Linux 5.14; threaded */
		return kill_by_hand(cg, err);
	if (rc < 0 && rc != -ENODEV)
		return cleat_fail(err, -rc, "cannot kill the processes of cgroup '%s': %m",
				  cg->path);
	(void)cgroup_thaw(cg, &ignored); /* the version 1 freezer of a hybrid machine holds them */
	if (cg->tree.layout != CGROUP_HYBRID)
		return 0;
	rc = signal_all(cg, SIGKILL, &n, err); /* who is only in a version 1 hierarchy */
	return rc == -ENOENT ? 0 : rc;
}
