/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c - the entries of a tar archive. */
#include "image/layer/tar.h"

#include <cleat/cleanup.h>

#include <errno.h>
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
	char block[BLOCK];
};

static la_ssize_t from_stream(struct archive *archive, void *arg, const void **out)
{
	struct tar *tar = arg;
	ssize_t n = stream_read(tar->stream, out, &tar->why);

	if (n < 0)
		archive_set_error(archive, tar->why.errnum, "%s", tar->why.text);
	return n < 0 ? -1 : n;
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
	free(tar);
}

void tar_closep(struct tar **tar)
{
	tar_close(*tar);
}

int tar_next(struct tar *tar, struct archive_entry **out, struct cleat_error *err)
{
	int r = archive_read_next_header(tar->archive, out);

	if (r == ARCHIVE_EOF)
		return 0;
	/* A warning is about something in a header that we may not even use; names are checked. */
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return failed(tar, err);
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
