/* SPDX-License-Identifier: Apache-2.0 */
/* make.c - files, directories, links and devices of a layer. */
#include "image/layer/unpack.h"

#include "image/layer/check.h"
#include "image/layer/path.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_at(int fd, const char *data, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Blocks go where the archive says: what it leaves out stays a hole. */
static int write_content(struct unpack *unpack, const struct place *place, int fd,
			 struct cleat_error *err)
{
	const void *block = NULL;
	off_t offset = 0;
	ssize_t n = 0;

	while ((n = tar_read(unpack->tar, &block, &offset, err)) > 0) {
		int r = write_at(fd, block, (size_t)n, offset);

		if (r < 0)
			return unpack_failed(unpack, "write", place->path, -r, err);
		if (space_used(&unpack->space, (uint64_t)n, err) < 0)
			return cleat_wrap(err, "layer %s: cannot write '%.120s'",
					  unpack->options->layer, place->path);
	}
	if (n < 0)
		return cleat_wrap(err, "layer %s", unpack->options->layer);
	if (ftruncate(fd, archive_entry_size(place->entry)) < 0)
		return unpack_failed(unpack, "write", place->path, errno, err);
	return 0;
}

static int make_file(struct unpack *unpack, const struct place *place, struct cleat_error *err)
{
	_cleanup_close_ int fd = openat(place->dir, place->base,
					O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return unpack_failed(unpack, "make file", place->path, errno, err);
	return write_content(unpack, place, fd, err);
}

static int make_directory(struct unpack *unpack, const struct place *place, bool hides,
			  struct cleat_error *err)
{
	if (mkdirat(place->dir, place->base, 0700) < 0 && errno != EEXIST)
		return unpack_failed(unpack, "make directory", place->path, errno, err);
	/* The layer deleted what was below and then made this anew. */
	return hides ? whiteout_make_opaque(place->dir, place->base, err) : 0;
}

/* Neither end follows a symlink; a link to a symlink is a second name of the symlink. */
static int make_hard_link(struct unpack *unpack, const struct place *place, const char *target,
			  struct cleat_error *err)
{
	char path[PATH_MAX];
	const char *base = NULL;
	size_t len = 0;
	int r = path_clean(target, path);

	if (r < 0)
		return layer_complain(unpack->options->layer, place->entry,
				      "is a link that leads out of the root directory", err);
	base = path_base(path, &len);
	_cleanup_close_ int dir = place_open(unpack, path, len, O_PATH | O_DIRECTORY);

	if (dir == -ELOOP)
		return layer_complain(unpack->options->layer, place->entry,
				      "is a link to something behind a symbolic link", err);
	if (dir < 0 || linkat(dir, base, place->dir, place->base, 0) < 0)
		return cleat_fail(err, dir < 0 ? -dir : errno,
				  "layer %s: cannot link '%.120s' to '%.120s': %m",
				  unpack->options->layer, place->path, path);
	return 0;
}

static int make_special(struct unpack *unpack, const struct place *place, struct cleat_error *err)
{
	mode_t type = archive_entry_filetype(place->entry);
	dev_t device = type == AE_IFIFO ? 0 : archive_entry_rdev(place->entry);

	if (mknodat(place->dir, place->base, type | 0600, device) < 0)
		return unpack_failed(unpack, "make special file", place->path, errno, err);
	return 0;
}

static bool is_itself(const struct place *place, const char *target)
{
	char path[PATH_MAX];

	return path_clean(target, path) == 0 && strcmp(path, place->path) == 0;
}

int make_entry(struct unpack *unpack, struct place *place, struct cleat_error *err)
{
	const char *hard = archive_entry_hardlink(place->entry);
	const char *symbolic = archive_entry_symlink(place->entry);
	bool was_whiteout = false;

	if (hard && is_itself(place, hard))
		return layer_complain(unpack->options->layer, place->entry, "is a link to itself",
				      err);
	if (place_clear(unpack, place, &was_whiteout, err) < 0)
		return -err->errnum;
	if (hard)
		return make_hard_link(unpack, place, hard, err);
	switch (archive_entry_filetype(place->entry)) {
	case AE_IFREG:
		return make_file(unpack, place, err);
	case AE_IFDIR:
		return make_directory(
			unpack, place,
			was_whiteout && unpack->options->whiteout == CLEAT_WHITEOUT_OVERLAY, err);
	case AE_IFLNK:
		if (symbolic && symlinkat(symbolic, place->dir, place->base) == 0)
			return 0;
		return unpack_failed(unpack, "make symbolic link", place->path,
				     symbolic ? errno : EINVAL, err);
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO:
		return make_special(unpack, place, err);
	default:
		return layer_complain(unpack->options->layer, place->entry,
				      "is of a type that a root filesystem does not have", err);
	}
}
