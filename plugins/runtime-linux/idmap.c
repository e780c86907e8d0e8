/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.c - user and group id mappings of a user namespace. */
#include "namespaces.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* One write: the kernel takes the whole map at once or not at all. */
static int write_map(pid_t pid, const char *name, const struct plan_idmaps *maps,
		     struct cleat_error *err)
{
	enum { ROW = sizeof("4294967295 4294967295 4294967295\n") };
	size_t size = maps->n * ROW + 1;
	_cleanup_free_ char *text = malloc(size);
	char path[64];
	size_t used = 0;

	if (!text)
		return cleat_fail(err, ENOMEM, "cannot write '%s': %m", name);
	for (size_t i = 0; i < maps->n; i++)
		used += (size_t)snprintf(text + used, size - used, "%u %u %u\n",
					 maps->rows[i].inside, maps->rows[i].outside,
					 maps->rows[i].size);
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, text, used) != (ssize_t)used)
		return cleat_fail(err, errno, "cannot write '%s': %m", path);
	return 0;
}

/* Without privilege, giving up groups must not be possible: CVE-2014-8989. */
static int deny_setgroups(pid_t pid, struct cleat_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, "deny", 4) != 4)
		return cleat_fail(err, errno, "cannot write '%s': %m", path);
	return 0;
}

/* Without privilege the kernel takes one map from us: that of our own id. */
static bool needs_helper(const struct plan_idmaps *maps, uint32_t own)
{
	if (geteuid() == 0)
		return false;
	return maps->n != 1 || maps->rows[0].outside != own || maps->rows[0].size != 1;
}

int idmap_write(pid_t pid, const struct plan_idmaps *uids, const struct plan_idmaps *gids,
		struct cleat_error *err)
{
	int r = needs_helper(uids, geteuid()) ? idmap_by_helper("newuidmap", pid, uids, err)
					      : write_map(pid, "uid_map", uids, err);

	if (r < 0)
		return r;
	if (needs_helper(gids, getegid()))
		return idmap_by_helper("newgidmap", pid, gids, err);
	if (geteuid() != 0)
		r = deny_setgroups(pid, err);
	return r < 0 ? r : write_map(pid, "gid_map", gids, err);
}

int idmap_namespace(const struct plan_idmaps *uids, const struct plan_idmaps *gids, int *out_fd,
		    struct cleat_error *err)
{
	int pidfd = -1;
	struct clone3_args args = { .flags = CLONE_NEWUSER | CLONE_PIDFD,
				    .pidfd = (uint64_t)(uintptr_t)&pidfd,
				    .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args);
	char path[64];

	if (pid == 0)
		for (;;)
			(void)pause(); /* until it is killed below */
	if (pid < 0)
		return cleat_fail(err, errno, "cannot make a user namespace: %m");
	int r = idmap_write(pid, uids, gids, err);

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	if (r == 0) {
		*out_fd = open(path, O_RDONLY | O_CLOEXEC);
		if (*out_fd < 0)
			r = cleat_fail(err, errno, "cannot open '%s': %m", path);
	}
	(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(pidfd);
	return r;
}
