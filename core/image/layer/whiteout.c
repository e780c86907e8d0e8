/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whiteout.c - entries that mean "this is deleted".
 *
 * `.wh.NAME` deletes NAME of the layers below, `.wh..wh..opq` all that they have in its directory.
 * Neither touches what the same layer brings, wherever in the archive it stands. Other names that
 * begin with `.wh..wh.` are aufs's housekeeping and skipped, as docker does.
 */
#include "image/layer/unpack.h"

#include "base/dir.h"
#include "base/text.h"
#include "image/layer/check.h"
#include "image/layer/path.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MARK   ".wh."
#define META   ".wh..wh."
#define OPAQUE ".wh..wh..opq"

enum whiteout_kind whiteout_kind(const char *path, const char *base)
{
	const char *hidden = base + strlen(MARK);

	if (text_eq(base, OPAQUE))
		return WHITEOUT_OPAQUE;
	if (text_starts(path, META) || strstr(path, "/" META))
		return WHITEOUT_SKIP;
	if (!text_starts(base, MARK))
		return WHITEOUT_NONE;
	return !*hidden || text_eq(hidden, ".") || text_eq(hidden, "..") ? WHITEOUT_BAD
									 : WHITEOUT_NAME;
}

int whiteout_make_opaque(int dir, const char *name, struct cleat_error *err)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0)
		return cleat_fail(err, errno, "cannot make directory '%.120s' opaque: %m", name);
	return 0;
}

/* ---- overlayfs's form -------------------------------------------------------------------------- */

static int hide(struct unpack *unpack, const struct place *place, const char *name,
		struct cleat_error *err)
{
	struct stat st;

	if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		/* The layer brings one of its own: a file hides what is below anyway. */
		return S_ISDIR(st.st_mode) ? whiteout_make_opaque(place->dir, name, err) : 0;
	if (mknodat(place->dir, name, S_IFCHR, makedev(0, 0)) < 0)
		return unpack_failed(unpack, "mark as deleted", place->path, errno, err);
	return 0;
}

/* ---- a whole tree: delete, but not what is ours ------------------------------------------------- */

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

static int remove_foreign(struct unpack *unpack, int dir, const char *name,
			  struct cleat_error *err);

static int remove_foreign_below(struct unpack *unpack, int dir, const char *name,
				struct cleat_error *err)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_stream) DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream) {
		cleat_closep(&fd);
		return cleat_fail(err, errno, "cannot list directory '%.120s': %m", name);
	}
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
			continue;
		if (remove_foreign(unpack, fd, entry->d_name, err) < 0)
			return -err->errnum;
	}
	return 0;
}

static int remove_foreign(struct unpack *unpack, int dir, const char *name, struct cleat_error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : cleat_fail(err, errno, "cannot look at '%s': %m", name);
	if (!place_is_ours(unpack, st.st_ino))
		return dir_remove_tree(dir, name, err);
	return S_ISDIR(st.st_mode) ? remove_foreign_below(unpack, dir, name, err) : 0;
}

/* ---- both -------------------------------------------------------------------------------------- */

static int apply_opaque(struct unpack *unpack, const struct place *place, struct cleat_error *err)
{
	bool overlay = unpack->options->whiteout == CLEAT_WHITEOUT_OVERLAY;

	return overlay ? whiteout_make_opaque(place->dir, ".", err)
		       : remove_foreign_below(unpack, place->dir, ".", err);
}

int whiteout_apply(struct unpack *unpack, struct place *place, enum whiteout_kind kind,
		   struct cleat_error *err)
{
	const char *name = NULL;
	int r = 0;

	if (kind == WHITEOUT_SKIP)
		return 0;
	if (kind == WHITEOUT_BAD)
		return layer_complain(unpack->options->layer, place->entry,
				      "is a whiteout of a name that no file has", err);
	if (place_open_parent(unpack, place, err) < 0)
		return -err->errnum;
	name = place->base + strlen(MARK);
	if (kind == WHITEOUT_OPAQUE)
		r = apply_opaque(unpack, place, err);
	else if (unpack->options->whiteout == CLEAT_WHITEOUT_OVERLAY)
		r = hide(unpack, place, name, err);
	else
		r = remove_foreign(unpack, place->dir, name, err);
	place_forget_parent(unpack); /* may have gone */
	return r < 0 ? cleat_wrap(err, "layer %s", unpack->options->layer) : 0;
}
