/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - resolve, make directories and files below a root descriptor.
 *
 * Directories are made one component at a time, each by mkdirat on the descriptor of the directory
 * before it: a single name, so nothing is followed (CVE-2024-45310). A rename by somebody who
 * shares the tree can at worst make us create an empty directory inside that same tree.
 */
#include "path.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RETRIES = 128, MAX_LINKS = 40 };

int path_open(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};

	/* EAGAIN: a rename or mount somewhere on the system raced with a ".."; openat2(2). */
	for (int i = 0; i < MAX_RETRIES; i++) {
		int fd = sys_openat2(root, *path ? path : "/", &how);

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

/* The next component after @at in @path: its start, and its length in *@out_len; NULL at the end. */
static const char *next_component(const char *at, size_t *out_len)
{
	at += strspn(at, "/");
	*out_len = strcspn(at, "/");
	return *out_len ? at : NULL;
}

/* Replace the dangling link at the end of @prefix by what it points at, and add @rest to it. */
static int follow_dangling(int parent, const char *name, char *path, size_t prefix_len,
			   const char *rest)
{
	char target[PATH_MAX];
	char joined[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == EINVAL ? -EAGAIN : -errno; /* no link any more: try again */
	target[n] = '\0';
	int used = target[0] == '/' ? snprintf(joined, sizeof(joined), "%s/%s", target, rest)
				    : snprintf(joined, sizeof(joined), "%.*s/%s/%s",
					       (int)prefix_len, path, target, rest);

	if (used < 0 || (size_t)used >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(path, joined, (size_t)used + 1);
	return 0;
}

/* One walk from the root. 1: a dangling link was replaced in @path, walk again. */
static int walk(int root, char *path, mode_t mode, int *out_fd)
{
	_cleanup_close_ int dir = path_open(root, "/", O_PATH | O_DIRECTORY, 0);
	size_t len = 0;

	if (dir < 0)
		return dir;
	for (const char *at = next_component(path, &len); at; at = next_component(at + len, &len)) {
		char name[NAME_MAX + 1];
		size_t end = (size_t)(at - path) + len;
		char after = path[end];

		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, at, len);
		name[len] = '\0';
		path[end] = '\0';
		int fd = path_open(root, path, O_PATH | O_DIRECTORY, 0);
		bool made = fd == -ENOENT && mkdirat(dir, name, mode) == 0;
		int made_errno = fd == -ENOENT && !made ? errno : 0;

		if (made || made_errno == EEXIST)
			fd = path_open(root, path, O_PATH | O_DIRECTORY, 0);
		path[end] = after;
		if (fd == -ENOENT && made_errno == EEXIST) {
			int r = follow_dangling(dir, name, path, (size_t)(at - path), path + end);

			return r < 0 ? r : 1;
		}
		if (fd < 0)
			return made_errno && made_errno != EEXIST ? -made_errno : fd;
		(void)close(dir);
		dir = fd;
	}
	*out_fd = take_fd(&dir);
	return 0;
}

/* "/a/b" is "/a/" and "b". -EINVAL: there is no last component that mkdirat could take as it is. */
static int split_last(const char *path, char parent[PATH_MAX], const char **out_name)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = (size_t)(name - path);

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (len >= PATH_MAX || strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(parent, path, len);
	parent[len] = '\0';
	*out_name = name;
	return 0;
}

/* The usual case: only the last component is missing. -ENOENT, -EEXIST: it is not so easy. */
static int make_last(int root, const char *path, mode_t mode)
{
	char parent[PATH_MAX];
	const char *name = NULL;
	int r = split_last(path, parent, &name);

	if (r < 0)
		return r == -EINVAL ? -ENOENT : r;
	_cleanup_close_ int dir = path_open(root, parent, O_PATH | O_DIRECTORY, 0);

	if (dir < 0)
		return dir;
	if (mkdirat(dir, name, mode) < 0)
		return -errno;
	return path_open(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
}

int path_make_directory(int root, const char *path, mode_t mode)
{
	int fd = path_open(root, path, O_PATH | O_DIRECTORY, 0);

	return fd == -ENOENT ? path_make_missing(root, path, mode) : fd;
}

int path_make_missing(int root, const char *path, mode_t mode)
{
	char work[PATH_MAX];
	int fd = make_last(root, path, mode);

	if (fd != -ENOENT && fd != -EEXIST)
		return fd;
	if (strlen(path) >= sizeof(work))
		return -ENAMETOOLONG;
	memcpy(work, path, strlen(path) + 1);
	for (int i = 0; i < MAX_LINKS; i++) {
		int r = walk(root, work, mode, &fd);

		if (r == 0)
			return fd;
		if (r < 0 && r != -EAGAIN)
			return r;
	}
	return -ELOOP;
}

int path_make_parent(int root, const char *path, const char **out_name)
{
	char parent[PATH_MAX];
	int r = split_last(path, parent, out_name);

	return r < 0 ? r : path_make_directory(root, parent, 0755);
}

int path_make_file(int root, const char *path, mode_t mode)
{
	const char *name = NULL;
	int fd = path_open(root, path, O_PATH, 0);

	if (fd != -ENOENT)
		return fd;
	_cleanup_close_ int parent = path_make_parent(root, path, &name);

	if (parent < 0)
		return parent;
	/* mknod makes a regular file without opening it, and never through a link. */
	if (mknodat(parent, name, S_IFREG | (mode & 07777), 0) < 0 && errno != EEXIST)
		return -errno;
	return path_open(root, path, O_PATH, 0);
}
