/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c - the entries of a tar archive. */
#include "image/layer/tar.h"

#include "image/layer/pax_names.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 << 10 };

struct tar {
	struct archive *archive;
	struct stream *stream; /* one of the two is what we read from */
	int fd;
	off_t at, base, size;
	const char *what;
	struct cleat_error why; /* of the stream: libarchive would only keep its text */
	/* The last two blocks of the stream, for what libarchive does not tell of a header. */
	const char *current;
	char *previous;
	size_t current_len, previous_len, previous_room;
	off_t current_at; /* its place in the plain archive */
	char block[BLOCK];
};

/* The current block is valid until the next is read: copy it before. */
static int keep_block(struct tar *tar)
{
	if (tar->current_len > tar->previous_room) {
		char *larger = realloc(tar->previous, tar->current_len);

		if (!larger)
			return cleat_fail(&tar->why, ENOMEM,
					  "cannot read an archive: out of memory");
		tar->previous = larger;
		tar->previous_room = tar->current_len;
	}
	if (tar->current_len > 0)
		memcpy(tar->previous, tar->current, tar->current_len);
	tar->previous_len = tar->current_len;
	tar->current_at += (off_t)tar->current_len;
	tar->current_len = 0;
	return 0;
}

static la_ssize_t from_stream(struct archive *archive, void *arg, const void **out)
{
	struct tar *tar = arg;
	ssize_t n = keep_block(tar);

	if (n == 0)
		n = stream_read(tar->stream, out, &tar->why);
	if (n < 0) {
		archive_set_error(archive, tar->why.errnum, "%s", tar->why.text);
		return -1;
	}
	tar->current = *out;
	tar->current_len = (size_t)n;
	return n;
}

static la_ssize_t from_file(struct archive *archive, void *arg, const void **out)
{
	struct tar *tar = arg;
	ssize_t n = pread(tar->fd, tar->block, sizeof(tar->block), tar->at);

	if (n < 0) {
		archive_set_error(archive, errno, "cannot read: %s", strerror(errno));
		return -1;
	}
	tar->at += n;
	*out = tar->block;
	return n;
}

/* Never beyond the end: what is missing there has to be read to be missed. */
static la_int64_t skip_in_file(struct archive *archive, void *arg, la_int64_t wanted)
{
	struct tar *tar = arg;
	off_t left = tar->size - tar->at;
	off_t step = wanted < left ? (off_t)wanted : left;

	(void)archive;
	if (step < 0)
		step = 0;
	tar->at += step;
	return step;
}

static int failed(struct tar *tar, struct cleat_error *err)
{
	const char *why = archive_error_string(tar->archive);
	int errnum = archive_errno(tar->archive);

	if (tar->why.errnum) {
		*err = tar->why;
		return -err->errnum;
	}
	return cleat_fail(err, errnum == EIO || errnum == ENOMEM ? errnum : EINVAL,
			  "cannot read %s: %s", tar->what, why ? why : "unknown error");
}

static struct tar *tar_new(const char *what)
{
	struct tar *tar = calloc(1, sizeof(*tar));

	if (!tar)
		return NULL;
	tar->fd = -1;
	tar->what = what;
	tar->archive = archive_read_new();
	if (!tar->archive || archive_read_support_format_tar(tar->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(tar->archive) != ARCHIVE_OK) {
		tar_close(tar);
		return NULL;
	}
	return tar;
}

int tar_open(struct stream *stream, struct tar **out, struct cleat_error *err)
{
	_cleanup_tar_ struct tar *tar = tar_new("the archive");

	if (!tar)
		return cleat_fail(err, ENOMEM, "cannot read an archive: out of memory");
	tar->stream = stream;
	if (archive_read_open(tar->archive, tar, NULL, from_stream, NULL) != ARCHIVE_OK)
		return failed(tar, err);
	*out = take_ptr(tar);
	return 0;
}

int tar_open_at(int fd, off_t offset, const char *what, struct tar **out, struct cleat_error *err)
{
	_cleanup_tar_ struct tar *tar = tar_new(what);
	struct stat st;

	if (!tar)
		return cleat_fail(err, ENOMEM, "cannot read an archive: out of memory");
	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot read %s: %m", what);
	tar->fd = fd;
	tar->at = tar->base = offset;
	tar->size = st.st_size;
	if (archive_read_open2(tar->archive, tar, NULL, from_file, skip_in_file, NULL) !=
	    ARCHIVE_OK)
		return failed(tar, err);
	*out = take_ptr(tar);
	return 0;
}

void tar_close(struct tar *tar)
{
	if (!tar)
		return;
	if (tar->archive)
		(void)archive_read_free(tar->archive);
	free(tar->previous);
	free(tar);
}

void tar_closep(struct tar **tar)
{
	tar_close(*tar);
}

/* ---- names ------------------------------------------------------------------------------------- */

/** Copy what we have of the plain archive from @at on. */
static size_t copy_plain(struct tar *tar, off_t at, char *out, size_t room)
{
	off_t previous_at = tar->current_at - (off_t)tar->previous_len;
	size_t n = 0;

	if (!tar->stream) {
		ssize_t got = pread(tar->fd, out, room, at);

		return got > 0 ? (size_t)got : 0;
	}
	if (at < previous_at)
		return 0;
	if (at < tar->current_at) {
		n = (size_t)(tar->current_at - at);
		if (n > room)
			n = room;
		memcpy(out, tar->previous + (at - previous_at), n);
		at += (off_t)n;
	}
	size_t skip = (size_t)(at - tar->current_at);
	size_t more = skip < tar->current_len ? tar->current_len - skip : 0;

	if (more > room - n)
		more = room - n;
	if (at >= tar->current_at && more > 0)
		memcpy(out + n, tar->current + skip, more);
	return n + more;
}

static bool is_plain(const char *name)
{
	for (; name && *name; name++)
		if ((unsigned char)*name >= 0x80 ||
		    *name == '?') /* '?' stands for what it could not read */
			return false;
	return true;
}

/* What is in a pax header goes by its bytes. */
static int fix_names(struct tar *tar, struct archive_entry *entry, struct cleat_error *err)
{
	const char *hard = archive_entry_hardlink(entry);
	const char *symbolic = archive_entry_symlink(entry);
	_cleanup_pax_names_ struct pax_names names = { NULL, NULL };
	_cleanup_free_ char *group = NULL;

	if (archive_entry_pathname(entry) && is_plain(archive_entry_pathname(entry)) &&
	    is_plain(hard) && is_plain(symbolic))
		return 0;
	group = malloc(PAX_GROUP_MAX);
	if (!group)
		return cleat_fail(err, ENOMEM, "cannot read %s: out of memory", tar->what);
	pax_names_read(group, copy_plain(tar, tar_position(tar), group, PAX_GROUP_MAX), &names);
	if (names.path)
		archive_entry_copy_pathname(entry, names.path);
	if (names.linkpath && hard)
		archive_entry_copy_hardlink(entry, names.linkpath);
	else if (names.linkpath)
		archive_entry_copy_symlink(entry, names.linkpath);
	return 0;
}

int tar_next(struct tar *tar, struct archive_entry **out, struct cleat_error *err)
{
	int r = archive_read_next_header(tar->archive, out);

	if (r == ARCHIVE_EOF)
		return 0;
	/* A warning is about something in a header that we may not even use; names are checked. */
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return failed(tar, err);
	if (fix_names(tar, *out, err) < 0)
		return -err->errnum;
	if (!archive_entry_pathname(*out))
		return cleat_fail(err, EINVAL,
				  "cannot read %s: an entry has a name that is not UTF-8",
				  tar->what);
	return 1;
}

off_t tar_position(struct tar *tar)
{
	return tar->base + archive_read_header_position(tar->archive);
}

ssize_t tar_read(struct tar *tar, const void **out, off_t *out_offset, struct cleat_error *err)
{
	size_t len = 0;
	la_int64_t offset = 0;
	int r = ARCHIVE_OK;

	do
		r = archive_read_data_block(tar->archive, out, &len, &offset);
	while (r == ARCHIVE_OK && len == 0);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return failed(tar, err);
	*out_offset = offset;
	return (ssize_t)len;
}
