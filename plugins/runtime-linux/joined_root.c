/* SPDX-License-Identifier: Apache-2.0 */
/*
 * joined_root.c - a root filesystem inside a mount namespace that is somebody else's.
 *
 * There is no pivot_root in there: it would change the root of everybody in it. The container's root is
 * mounted at its own place and entered by chroot, and delete takes it away again. A tmpfs below it says
 * whose it is, so that delete never unmounts what was there before.
 */
#include "joined_root.h"

#include "mount_fd.h"
#include "mountinfo.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MAX_UMOUNTS = MAX_ROOTFS_MOUNTS + 2 };

bool joined_root_is_wanted(const struct plan *plan)
{
	return plan->namespaces[NS_MOUNT].path != NULL;
}

int joined_root_plan(struct init *init, const char *bundle, struct cleat_error *err)
{
	const char *path = init->plan->root_path;

	if (!path || !*path)
		return cleat_fail(err, EINVAL, "root.path is missing");
	if (asprintf(&init->joined_root, "%s%s%s", *path == '/' ? "" : bundle,
		     *path == '/' ? "" : "/", path) < 0) {
		init->joined_root = NULL;
		return cleat_fail(err, ENOMEM, "cannot hold root.path: %m");
	}
	return 0;
}

static void mark_of(const char *id, char *out, size_t size)
{
	(void)snprintf(out, size, "cleat-root:%s", id);
}

/* The place, as a descriptor of the tmpfs that now lies on it. */
int joined_root_prepare(struct init *init, struct cleat_error *err)
{
	static const char *data[] = { "mode=755", "nr_inodes=2" };
	struct mount_options options = {
		.data = data, .ndata = ARRAY_SIZE(data), .has_mode = true, .propagation = MS_PRIVATE
	};
	char mark[192];
	int tmpfs = -1;
	_cleanup_close_ int place =
		open(init->joined_root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (place < 0)
		return cleat_fail(err, errno, "cannot open '%s' in the mount namespace '%s': %m",
				  init->joined_root, init->plan->namespaces[NS_MOUNT].path);
	mark_of(init->id, mark, sizeof(mark));
	int r = mount_fd_new("tmpfs", mark, &options, 0, &tmpfs, err);

	if (r < 0)
		return r;
	r = mount_fd_attach(tmpfs, place);
	if (r < 0) {
		(void)close(tmpfs);
		return cleat_fail(err, -r, "cannot mount on '%s': %m", init->joined_root);
	}
	/* In place, a shared parent has made it shared: what follows must not show elsewhere. */
	r = mount_fd_attributes(tmpfs, &options, err);
	if (r < 0) {
		(void)close(tmpfs);
		return r;
	}
	return tmpfs;
}

/* Where in @mountinfo the tmpfs with our mark lies. */
static bool find_mark(FILE *mountinfo, const char *mark, char *out, size_t size)
{
	char wanted[256];
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	(void)snprintf(wanted, sizeof(wanted), " - tmpfs %s ", mark);
	while (!found && getline(&line, &room, mountinfo) > 0) {
		char *at = line;

		if (!strstr(line, wanted))
			continue;
		for (int i = 0; i < 4; i++) {
			at += strcspn(at, " ");
			at += strspn(at, " ");
		}
		at[strcspn(at, " ")] = '\0';
		found = (size_t)snprintf(out, size, "%s", at) < size;
	}
	free(line);
	return found;
}

/* In a process of its own. 0 or an errno as exit status. */
static int leave(int netns_of_mounts, int proc, const char *id)
{
	char mark[192];
	char path[PATH_MAX];

	mark_of(id, mark, sizeof(mark));
	if (setns(netns_of_mounts, CLONE_NEWNS) < 0)
		return errno;
	for (int i = 0; i < MAX_UMOUNTS; i++) {
		int fd = openat(proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
		FILE *mountinfo = fd < 0 ? NULL : fdopen(fd, "re");
		bool found = mountinfo && find_mark(mountinfo, mark, path, sizeof(path));

		if (!mountinfo)
			return errno;
		(void)fclose(mountinfo);
		if (!found)
			return 0;
		mountinfo_unescape(path);
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return errno;
	}
	return EBUSY;
}

int joined_root_remove(const struct record *record, struct cleat_error *err)
{
	int status = 0;

	if (!record->mount_ns || !*record->mount_ns)
		return 0;
	_cleanup_close_ int ns = open(record->mount_ns, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (ns < 0) /* gone, and its mounts with it, or kept by somebody whom we cannot reach */
		return 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(leave(ns, proc, record->id));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return cleat_fail(err, errno, "cannot fork: %m");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return cleat_fail(err, WIFEXITED(status) ? WEXITSTATUS(status) : EIO,
			  "cannot unmount the root filesystem in the mount namespace '%s': %m",
			  record->mount_ns);
}
