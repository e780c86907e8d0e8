/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - read a layer from end to end before it becomes part of an image.
 *
 * Unpacking is safe without this: it never follows a link. But a hostile layer should be refused when
 * it arrives, not when somebody first runs a container from it.
 */
#include "image/layer/check.h"

#include "image/layer/names.h"
#include "image/layer/path.h"
#include "image/layer/tar.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

int layer_complain(const char *layer, struct archive_entry *entry, const char *why,
		   struct cleat_error *err)
{
	return cleat_fail(err, EINVAL, "layer %s: entry '%.160s' %s", layer,
			  archive_entry_pathname(entry), why);
}

static bool behind_symlink(const struct names *symlinks, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (names_has(symlinks, path, (size_t)(slash - path)))
			return true;
	return false;
}

static int check_entry(const char *layer, struct archive_entry *entry, struct names *symlinks,
		       struct cleat_error *err)
{
	const char *hard = archive_entry_hardlink(entry);
	char path[PATH_MAX], target[PATH_MAX];
	int r = path_clean(archive_entry_pathname(entry), path);

	if (r < 0)
		return layer_complain(layer, entry,
				      r == -EXDEV ? "leads out of the root directory"
						  : "has too long a name",
				      err);
	if (hard && path_clean(hard, target) < 0)
		return layer_complain(layer, entry,
				      "is a link that leads out of the root directory", err);
	if (behind_symlink(symlinks, path) || (hard && behind_symlink(symlinks, target)))
		return layer_complain(layer, entry, "lies behind a symbolic link of the same layer",
				      err);
	if (!hard && archive_entry_symlink(entry)) {
		if (names_add(symlinks, path) < 0)
			return cleat_fail(err, ENOMEM, "cannot check a layer: out of memory");
	} else {
		names_remove(symlinks, path); /* replaced */
	}
	return 0;
}

static int check_diff_id(struct stream *stream, const char *layer, const char *diff_id,
			 struct cleat_error *err)
{
	char found[DIGEST_TEXT];

	if (stream_drain(stream, err) < 0)
		return -err->errnum;
	stream_digest(stream, found);
	if (diff_id && strcmp(found, diff_id) != 0)
		return cleat_fail(
			err, EINVAL,
			"layer %s has wrong content: its diff id is %s, the image says %s", layer,
			found, diff_id);
	return 0;
}

int layer_check(int fd, const char *layer, const char *diff_id, struct cleat_error *err)
{
	_cleanup_names_ struct names symlinks = { 0 };
	_cleanup_stream_ struct stream *stream = NULL;
	_cleanup_tar_ struct tar *tar = NULL;
	struct archive_entry *entry = NULL;
	int r = 0;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return cleat_fail(err, errno, "cannot read layer %s: %m", layer);
	if (stream_open(fd, "checking", layer, &stream, err) < 0 || tar_open(stream, &tar, err) < 0)
		return cleat_wrap(err, "layer %s", layer);
	while ((r = tar_next(tar, &entry, err)) > 0)
		if (check_entry(layer, entry, &symlinks, err) < 0)
			return -err->errnum;
	if (r < 0)
		return cleat_wrap(err, "layer %s", layer);
	return check_diff_id(stream, layer, diff_id, err);
}
