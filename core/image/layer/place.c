/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - every way into the tree that is being unpacked.
 *
 * One primitive: openat2 with RESOLVE_BENEATH and no symlinks at all, for the directory of an entry;
 * then *at calls on its last component, none of which follows. So a link that a layer brings along is
 * never a way to somewhere else, not even inside the root.
 */
#include "image/layer/unpack.h"

#include "base/dir.h"
#include "image/layer/check.h"
#include "image/layer/path.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

int place_open(const struct unpack *unpack, const char *path, size_t len, uint64_t flags)
{
	char copy[PATH_MAX];

	if (len == 0)
		return dir_open_beneath(unpack->root, ".", flags, 0);
	memcpy(copy, path, len);
	copy[len] = '\0';
	return dir_open_beneath(unpack->root, copy, flags, 0);
}

/* ---- inodes of this layer ---------------------------------------------------------------------- */

static bool put_inode(ino_t *slot, size_t room, ino_t inode)
{
	size_t at = (size_t)((uint64_t)inode * 0x9e3779b97f4a7c15u >> 20) & (room - 1);

	for (; slot[at]; at = (at + 1) & (room - 1))
		if (slot[at] == inode)
			return false;
	slot[at] = inode;
	return true;
}

static int grow_inodes(struct inodes *inodes)
{
	size_t room = inodes->room ? inodes->room * 2 : 1024;
	ino_t *slot = calloc(room, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < inodes->room; i++)
		if (inodes->slot[i])
			(void)put_inode(slot, room, inodes->slot[i]);
	free(inodes->slot);
	inodes->slot = slot;
	inodes->room = room;
	return 0;
}

int place_note(struct unpack *unpack, int dir, const char *name)
{
	struct inodes *inodes = &unpack->ours;
	struct stat st;

	if (unpack->options->whiteout == CLEAT_WHITEOUT_OVERLAY)
		return 0; /* the directory holds nothing else */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (inodes->n * 2 >= inodes->room && grow_inodes(inodes) < 0)
		return -ENOMEM;
	inodes->n += put_inode(inodes->slot, inodes->room, st.st_ino);
	return 0;
}

bool place_is_ours(const struct unpack *unpack, ino_t inode)
{
	const struct inodes *inodes = &unpack->ours;

	if (unpack->options->whiteout == CLEAT_WHITEOUT_OVERLAY)
		return true;
	if (inodes->room == 0)
		return false;
	size_t at = (size_t)((uint64_t)inode * 0x9e3779b97f4a7c15u >> 20) & (inodes->room - 1);

	for (; inodes->slot[at]; at = (at + 1) & (inodes->room - 1))
		if (inodes->slot[at] == inode)
			return true;
	return false;
}

/* ---- parents ----------------------------------------------------------------------------------- */

/* The layers below know how it looks; only the snapshotter knows them. */
static void mark_implied(const struct unpack *unpack, int fd)
{
	if (unpack->options->whiteout != CLEAT_WHITEOUT_OVERLAY)
		return;
	(void)fsetxattr(fd, CLEAT_XATTR_IMPLIED, "y", 1, 0); /* without it stays 0755, root's */
	(void)fsetxattr(unpack->root, CLEAT_XATTR_IMPLIED, "y", 1, 0);
}

void place_unmark(int fd)
{
	(void)fremovexattr(fd, CLEAT_XATTR_IMPLIED); /* usually there is none */
}

/** Make the missing directories of the first @len bytes of @path. */
static int make_parents(struct unpack *unpack, const char *path, size_t len)
{
	_cleanup_close_ int at = dir_open_beneath(unpack->root, ".", O_RDONLY | O_DIRECTORY, 0);

	while (at >= 0 && len > 0) {
		size_t n = strcspn(path, "/");
		char name[NAME_MAX + 1];
		bool made = false;
		int next = -1;

		if (n > len)
			n = len;
		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, n);
		name[n] = '\0';
		made = mkdirat(at, name, 0755) == 0;
		if (!made && errno != EEXIST)
			return -errno;
		next = dir_open_beneath(at, name, O_RDONLY | O_DIRECTORY, 0);
		if (next < 0)
			return next;
		if (made)
			mark_implied(unpack, next);
		if (place_note(unpack, at, name) < 0) {
			(void)close(next);
			return -ENOMEM;
		}
		(void)close(at);
		at = next;
		path += n;
		len -= n;
		if (len > 0) {
			path++;
			len--;
		}
	}
	return at < 0 ? at : 0;
}

static int complain(const struct unpack *unpack, const struct place *place, int errnum,
		    struct cleat_error *err)
{
	const char *layer = unpack->options->layer;

	if (errnum == ELOOP)
		return layer_complain(layer, place->entry,
				      "lies behind a symbolic link of the same "
				      "layer",
				      err);
	if (errnum == ENOTDIR || errnum == EEXIST)
		return layer_complain(layer, place->entry,
				      "lies below something that is not a "
				      "directory",
				      err);
	return unpack_failed(unpack, "open the directory of", place->path, errnum, err);
}

void place_forget_parent(struct unpack *unpack)
{
	if (unpack->parent >= 0)
		(void)close(unpack->parent);
	unpack->parent = -1;
}

int place_open_parent(struct unpack *unpack, struct place *place, struct cleat_error *err)
{
	size_t len = 0;
	int fd = -1;

	place->base = path_base(place->path, &len);
	if (unpack->parent >= 0 && strlen(unpack->parent_path) == len &&
	    strncmp(unpack->parent_path, place->path, len) == 0) {
		place->dir = unpack->parent;
		return 0;
	}
	place_forget_parent(unpack);
	fd = place_open(unpack, place->path, len, O_RDONLY | O_DIRECTORY);
	/* In a whole tree, a directory on the way to an entry of ours is ours as well. */
	if (fd == -ENOENT || (fd >= 0 && unpack->options->whiteout != CLEAT_WHITEOUT_OVERLAY)) {
		cleat_closep(&fd);
		int r = make_parents(unpack, place->path, len);

		if (r < 0)
			return complain(unpack, place, -r, err);
		fd = place_open(unpack, place->path, len, O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return complain(unpack, place, -fd, err);
	memcpy(unpack->parent_path, place->path, len);
	unpack->parent_path[len] = '\0';
	unpack->parent = place->dir = fd;
	return 0;
}

int place_clear(struct unpack *unpack, const struct place *place, bool *out_whiteout,
		struct cleat_error *err)
{
	struct stat st;
	bool wants_directory = archive_entry_filetype(place->entry) == AE_IFDIR &&
			       !archive_entry_hardlink(place->entry);

	*out_whiteout = false;
	if (fstatat(place->dir, place->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : unpack_failed(unpack, "look at", place->path, errno, err);
	if (S_ISDIR(st.st_mode) && wants_directory)
		return 0;
	*out_whiteout = S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
	if (S_ISDIR(st.st_mode)) {
		if (dir_remove_tree(place->dir, place->base, err) < 0)
			return cleat_wrap(err, "layer %s", unpack->options->layer);
	} else if (unlinkat(place->dir, place->base, 0) < 0) {
		return unpack_failed(unpack, "replace", place->path, errno, err);
	}
	return 0;
}
