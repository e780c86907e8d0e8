/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c - a layer's archive into a directory: entry by entry, then the digest of all of it. */
#include "image/layer/unpack.h"

#include "image/layer/check.h"
#include "image/layer/path.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int unpack_failed(const struct unpack *unpack, const char *verb, const char *path, int errnum,
		  struct cleat_error *err)
{
	return cleat_fail(err, errnum, "layer %s: cannot %s '%.160s': %m", unpack->options->layer,
			  verb, path);
}

static void unpack_fini(struct unpack *unpack)
{
	place_forget_parent(unpack);
	for (size_t i = 0; i < unpack->nlate; i++)
		free(unpack->late[i].path);
	free(unpack->late);
	free(unpack->ours.slot);
}

static int unpack_entry(struct unpack *unpack, struct archive_entry *entry, struct cleat_error *err)
{
	struct place place = { .entry = entry };
	enum whiteout_kind kind = WHITEOUT_NONE;
	size_t parent = 0;
	int r = path_clean(archive_entry_pathname(entry), place.path);

	if (r < 0)
		return layer_complain(unpack->options->layer, entry,
				      r == -EXDEV ? "leads out of the root directory"
						  : "has too long a name",
				      err);
	if (!*place.path) /* the root belongs to whoever made it */
		return 0;
	kind = whiteout_kind(place.path, path_base(place.path, &parent));
	if (kind != WHITEOUT_NONE) {
		place.base = path_base(place.path, &parent);
		return whiteout_apply(unpack, &place, kind, err);
	}
	if (place_open_parent(unpack, &place, err) < 0 || make_entry(unpack, &place, err) < 0)
		return -err->errnum;
	if (place_note(unpack, place.dir, place.base) < 0)
		return unpack_failed(unpack, "remember", place.path, ENOMEM, err);
	/* A second name of a file has the first one's metadata. */
	r = archive_entry_hardlink(entry) ? 0 : metadata_apply(unpack, &place, err);
	return r;
}

static int check_diff_id(struct stream *stream, const struct unpack_options *options,
			 struct cleat_error *err)
{
	char found[DIGEST_TEXT];

	if (stream_drain(stream, err) < 0)
		return cleat_wrap(err, "layer %s", options->layer);
	stream_digest(stream, found);
	if (options->diff_id && strcmp(found, options->diff_id) != 0)
		return cleat_fail(
			err, EINVAL,
			"layer %s has wrong content: its diff id is %s, the image says %s",
			options->layer, found, options->diff_id);
	return 0;
}

int unpack_layer(int input, int root, const struct unpack_options *options, struct cleat_error *err)
{
	_cleanup_(unpack_fini) struct unpack unpack = {
		.root = root,
		.options = options,
		.space = { .fd = root },
		.parent = -1,
	};
	_cleanup_stream_ struct stream *stream = NULL;
	_cleanup_tar_ struct tar *tar = NULL;
	struct archive_entry *entry = NULL;
	int r = 0;

	(void)umask(0);
	if (stream_open(input, "unpacking", options->layer, &stream, err) < 0 ||
	    tar_open(stream, &tar, err) < 0)
		return cleat_wrap(err, "layer %s", options->layer);
	unpack.tar = tar;
	while ((r = tar_next(tar, &entry, err)) > 0)
		if (unpack_entry(&unpack, entry, err) < 0)
			return -err->errnum;
	if (r < 0)
		return cleat_wrap(err, "layer %s", options->layer);
	if (check_diff_id(stream, options, err) < 0)
		return -err->errnum;
	return metadata_apply_late(&unpack, err);
}
