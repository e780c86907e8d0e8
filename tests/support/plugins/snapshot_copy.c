/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_copy.c - snapshotter/copy: each snapshot is a whole copy of its parent.
 *
 * The simplest snapshotter that works, on any filesystem: root/<number> is the tree. It is filled as
 * root/<number>.new and renamed, so what has its final name is complete.
 */
#include <cleat/cleanup.h>
#include <cleat/plugin.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { NAME = 32 };

static void name_of(uint64_t number, const char *suffix, char out[NAME])
{
	(void)snprintf(out, NAME, "%" PRIu64 "%s", number, suffix);
}

static int path_of(const struct cleat_snapshot *snap, const char *name, char **out,
		   struct cleat_error *err)
{
	if (asprintf(out, "%s/%s", snap->root, name) >= 0)
		return 0;
	*out = NULL;
	return cleat_fail(err, ENOMEM, "cannot name snapshot '%s': %m", name);
}

/* Ops run in a child of their own, so waiting is allowed. */
static int run(const char *const *argv, struct cleat_error *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return cleat_fail(err, errno, "cannot start '%s': %m", argv[0]);
	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cleat_fail(err, errno, "cannot wait for '%s': %m", argv[0]);
	if (status != 0)
		return cleat_fail(err, EIO, "'%s %s %s' ended with status %d", argv[0], argv[1],
				  argv[2], WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

static int remove_tree(const struct cleat_snapshot *snap, const char *name, struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = path_of(snap, name, &path, err);

	if (r < 0)
		return r;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return cleat_fail(err, errno, "cannot remove snapshot '%s': %m", path);
	return 0;
}

static int fill(const struct cleat_snapshot *snap, const char *name, struct cleat_error *err)
{
	_cleanup_free_ char *from = NULL;
	_cleanup_free_ char *to = NULL;
	char parent[NAME];

	if (mkdirat(snap->root_fd, name, 0755) < 0)
		return cleat_fail(err, errno, "cannot make snapshot '%s': %m", name);
	if (snap->nparents == 0)
		return fchownat(snap->root_fd, name, snap->uid, snap->gid, 0) < 0
			       ? cleat_fail(err, errno, "cannot make snapshot '%s': %m", name)
			       : 0;
	name_of(snap->parents[0], "", parent);
	int r = path_of(snap, parent, &from, err);

	if (r == 0)
		r = path_of(snap, name, &to, err);
	const char *const argv[] = { "cp", "-a", "-T", "--reflink=auto", from, to, NULL };

	return r < 0 ? r : run(argv, err);
}

static int prepare(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char final[NAME];
	char unfinished[NAME];

	(void)self;
	name_of(snap->number, "", final);
	name_of(snap->number, ".new", unfinished);
	if (snap->base)
		return cleat_fail(err, ENOTSUP,
				  "snapshotter/copy cannot stand on '%s': it would copy all of it",
				  snap->base);
	if (faccessat(snap->root_fd, final, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return cleat_fail(err, EEXIST, "snapshot '%s' is there already", final);
	int r = remove_tree(snap, unfinished, err);

	if (r == 0)
		r = fill(snap, unfinished, err);
	if (r == 0 && renameat(snap->root_fd, unfinished, snap->root_fd, final) < 0)
		r = cleat_fail(err, errno, "cannot make snapshot '%s': %m", final);
	if (r < 0) {
		struct cleat_error ignored = { 0 }; /* the first failure is the one to tell */

		(void)remove_tree(snap, unfinished, &ignored);
	}
	return r;
}

static int open_tree(const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char name[NAME];

	name_of(snap->number, "", name);
	int fd = openat(snap->root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? cleat_fail(err, errno, "cannot open snapshot '%s': %m", name) : fd;
}

/* One block: the mount, its two options, its strings. */
static int mounts(void *self, const struct cleat_snapshot *snap, struct cleat_mounts *out,
		  struct cleat_error *err)
{
	const struct cleat_host *host = self;
	_cleanup_close_ int fd = open_tree(snap, err);
	size_t room = strlen(snap->root) + 1 + NAME;

	if (fd < 0)
		return fd;
	struct {
		struct cleat_mount mount;
		const char *options[3];
		char source[];
	} *block = host->alloc(host, sizeof(*block) + room);

	if (!block)
		return cleat_fail(err, ENOMEM, "cannot describe a mount: %m");
	(void)snprintf(block->source, room, "%s/%" PRIu64, snap->root, snap->number);
	block->options[0] = snap->writable ? "rw" : "ro";
	block->options[1] = "rbind";
	block->mount.type = "bind";
	block->mount.source = block->source;
	block->mount.options = block->options;
	out->count = 1;
	out->list = &block->mount;
	return 0;
}

static int unpack(void *self, const struct cleat_snapshot *snap, struct cleat_unpack *out,
		  struct cleat_error *err)
{
	int fd = open_tree(snap, err);

	(void)self;
	if (fd < 0)
		return fd;
	out->whiteout = CLEAT_WHITEOUT_REMOVE; /* the whole tree is here */
	out->dir_fd = fd;
	return 0;
}

static int commit(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	_cleanup_close_ int fd = open_tree(snap, err);

	(void)self;
	if (fd < 0)
		return fd;
	return syncfs(fd) < 0 ? cleat_fail(err, errno, "cannot write a snapshot to disk: %m") : 0;
}

static int copy_remove(void *self, const struct cleat_snapshot *snap, struct cleat_error *err)
{
	char name[NAME];

	(void)self;
	name_of(snap->number, ".new", name);
	int r = remove_tree(snap, name, err);

	name_of(snap->number, "", name);
	return r < 0 ? r : remove_tree(snap, name, err);
}

/* nftw hands its callback no argument; the op has a process of its own. */
static struct cleat_usage sum;

static int add_usage(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)path;
	(void)type;
	(void)walk;
	sum.bytes += (uint64_t)st->st_blocks * 512;
	sum.inodes++;
	return 0;
}

static int usage(void *self, const struct cleat_snapshot *snap, struct cleat_usage *out,
		 struct cleat_error *err)
{
	_cleanup_free_ char *path = NULL;
	char name[NAME];

	(void)self;
	name_of(snap->number, "", name);
	int r = path_of(snap, name, &path, err);

	if (r < 0)
		return r;
	sum = (struct cleat_usage){ 0 };
	if (nftw(path, add_usage, 32, FTW_PHYS | FTW_MOUNT) != 0)
		return cleat_fail(err, errno, "cannot measure snapshot '%s': %m", path);
	out->bytes = sum.bytes;
	out->inodes = sum.inodes;
	return 0;
}

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)settings;
	(void)err;
	*out_self = (void *)(uintptr_t)host;
	return 0;
}

static const struct cleat_snapshotter_ops ops = {
	.size = sizeof(ops),
	.prepare = prepare,
	.mounts = mounts,
	.unpack = unpack,
	.commit = commit,
	.remove = copy_remove,
	.usage = usage,
};

CLEAT_PLUGIN(.type = "snapshotter", .name = "copy", .version = "1.0.0",
	     .summary = "Copies the whole parent (a test plugin)", .license = "Apache-2.0",
	     .ops = &ops, .init = init);
