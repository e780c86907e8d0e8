/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoints.c - the directories of a container's checkpoints. */
#include "task/checkpoints.h"

#include "base/dir.h"
#include "base/log.h"
#include "base/text.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *home_of(const struct task *task)
{
	return text_format("%s/checkpoints/%s/%s", task->all->env.root, task->row.ns, task->row.id);
}

/* The directory of this container's checkpoints; -ENOENT: it has none. */
static int home_open(const struct task *task, struct cleat_error *err)
{
	_cleanup_free_ char *path = home_of(task);
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot look for checkpoints: out of memory");
	return fd < 0 ? cleat_fail(err, errno, "cannot open '%s': %m", path) : fd;
}

int checkpoints_check_name(const char *name, struct cleat_error *err)
{
	return text_is_name(name) && *name != '.'
		       ? 0
		       : cleat_fail(err, EINVAL,
				    "invalid checkpoint name '%s': letters, digits and _.- after "
				    "the first letter",
				    name);
}

static int absent(const struct task *task, const char *name, struct cleat_error *err)
{
	return cleat_fail(err, ENOENT, "checkpoint %s does not exist for container %s", name,
			  task_label(task));
}

int checkpoints_find(const struct task *task, const char *name, char **out, struct cleat_error *err)
{
	_cleanup_free_ char *home = home_of(task);
	_cleanup_free_ char *path = home ? text_format("%s/%s", home, name) : NULL;
	struct stat st;

	if (checkpoints_check_name(name, err) < 0)
		return -err->errnum;
	if (!path)
		return cleat_fail(err, ENOMEM, "cannot look for a checkpoint: out of memory");
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return absent(task, name, err);
	*out = take_ptr(path);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int checkpoints_list(const struct task *task, struct strings *out, struct cleat_error *err)
{
	int fd = home_open(task, err);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (!dir) {
		(void)close(fd);
		return cleat_fail(err, ENOMEM, "cannot list checkpoints: %m");
	}
	for (struct dirent *entry = readdir(dir); entry && r == 0; entry = readdir(dir))
		if (entry->d_name[0] != '.')
			r = strings_add(out, entry->d_name);
	(void)closedir(dir);
	if (r < 0)
		return cleat_fail(err, ENOMEM, "cannot list checkpoints: out of memory");
	if (out->n > 0)
		qsort(out->item, out->n, sizeof(*out->item), compare);
	return 0;
}

int checkpoints_remove(const struct task *task, const char *name, struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (checkpoints_find(task, name, &path, err) < 0)
		return -err->errnum;
	_cleanup_close_ int home = home_open(task, err);

	return home < 0 ? home : dir_remove_tree(home, name, err);
}

int checkpoints_remove_all(const struct task *task, struct cleat_error *err)
{
	_cleanup_free_ char *path = text_format("checkpoints/%s", task->row.ns);
	_cleanup_close_ int dir = -1;

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot remove checkpoints: out of memory");
	dir = openat(task->all->env.root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? 0 : dir_remove_tree(dir, task->row.id, err);
}

/* ---- one that is being made ------------------------------------------------------------------------ */

#define NEW ".new-"

static char *new_name(const char *name)
{
	return text_format(NEW "%s", name);
}

int checkpoints_begin(const struct task *task, const char *name, char **out_path,
		      struct cleat_error *err)
{
	_cleanup_free_ char *home = home_of(task);
	_cleanup_free_ char *fresh = new_name(name);
	_cleanup_free_ char *path = home && fresh ? text_format("%s/%s", home, fresh) : NULL;
	_cleanup_free_ char *there = NULL;
	struct cleat_error ignored = { 0 };

	if (!path)
		return cleat_fail(err, ENOMEM, "cannot make a checkpoint: out of memory");
	if (checkpoints_find(task, name, &there, &ignored) == 0)
		return cleat_fail(err, EEXIST,
				  "checkpoint with name %s already exists for container %s", name,
				  task_label(task));
	_cleanup_close_ int dir = dir_make(home, 0700, err);

	if (dir < 0 || dir_remove_tree(dir, fresh, err) < 0)
		return -err->errnum;
	if (mkdirat(dir, fresh, 0700) < 0)
		return cleat_fail(err, errno, "cannot make '%s': %m", path);
	*out_path = take_ptr(path);
	return 0;
}

int checkpoints_keep(const struct task *task, const char *name, struct cleat_error *err)
{
	_cleanup_free_ char *fresh = new_name(name);
	_cleanup_close_ int home = home_open(task, err);

	if (home < 0)
		return home;
	if (!fresh || renameat(home, fresh, home, name) < 0)
		return cleat_fail(err, errno, "cannot keep checkpoint '%s': %m", name);
	return 0;
}

void checkpoints_discard(const struct task *task, const char *name)
{
	struct cleat_error err = { 0 };
	_cleanup_free_ char *fresh = new_name(name);
	_cleanup_close_ int home = home_open(task, &err);

	if (!fresh || home < 0 || dir_remove_tree(home, fresh, &err) < 0)
		log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, err.text);
}

bool checkpoints_interrupted(const struct task *task)
{
	struct cleat_error err = { 0 };
	_cleanup_close_ int home = home_open(task, &err);
	int copy = home < 0 ? -1 : fcntl(home, F_DUPFD_CLOEXEC, 3);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	bool found = false;

	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return false;
	}
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		if (!text_starts(entry->d_name, NEW))
			continue;
		found = true;
		if (dir_remove_tree(home, entry->d_name, &err) < 0)
			log_line(CLEAT_WARN, "%.12s: %s, going on", task->row.id, err.text);
	}
	(void)closedir(dir);
	return found;
}
