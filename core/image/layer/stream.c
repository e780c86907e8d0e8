/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - the plain bytes of a file that may be compressed.
 *
 * libarchive's filters with its "raw" format. Only filters that are part of the library are enabled:
 * the others would start programs.
 */
#include "image/layer/stream.h"

#include "image/layer/report.h"

#include <cleat/cleanup.h>

#include <archive.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

struct stream {
	struct archive *archive;
	int fd;
	bool started;
	const char *step, *what;
	uint64_t read_bytes, total_bytes, zeros;
	struct sha256_ctx hash;
	char block[BLOCK];
};

static la_ssize_t read_block(struct archive *archive, void *arg, const void **out)
{
	struct stream *stream = arg;
	ssize_t n = 0;

	do
		n = read(stream->fd, stream->block, sizeof(stream->block));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		archive_set_error(archive, errno, "cannot read: %s", strerror(errno));
		return -1;
	}
	stream->read_bytes += (uint64_t)n;
	report_progress(stream->step, stream->what, stream->read_bytes, stream->total_bytes);
	*out = stream->block;
	return n;
}

static int failed(struct stream *stream, struct cleat_error *err)
{
	int errnum = archive_errno(stream->archive);
	const char *why = archive_error_string(stream->archive);

	/* libarchive numbers its own findings from -1 downwards, and 84 stands for a bad format */
	return cleat_fail(err,
			  errnum == EIO || errnum == ENOMEM || errnum == EISDIR ? errnum : EINVAL,
			  "cannot read %s: %s", stream->what, why ? why : "unknown error");
}

static int open_archive(struct stream *stream)
{
	struct archive *a = stream->archive;

	if (archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_support_format_empty(a) != ARCHIVE_OK)
		return -1;
	return archive_read_open(a, stream, NULL, read_block, NULL);
}

int stream_open(int fd, const char *step, const char *what, struct stream **out,
		struct cleat_error *err)
{
	_cleanup_stream_ struct stream *stream = calloc(1, sizeof(*stream));
	struct stat st;

	if (stream)
		stream->archive = archive_read_new();
	if (!stream || !stream->archive)
		return cleat_fail(err, ENOMEM, "cannot read %s: out of memory", what);
	stream->fd = fd;
	stream->step = step;
	stream->what = what;
	sha256_init(&stream->hash);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		stream->total_bytes = (uint64_t)st.st_size;
	if (open_archive(stream) != ARCHIVE_OK)
		return failed(stream, err);
	*out = take_ptr(stream);
	return 0;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->archive)
		(void)archive_read_free(stream->archive);
	free(stream);
}

void stream_closep(struct stream **stream)
{
	stream_close(*stream);
}

static void count(struct stream *stream, const uint8_t *block, size_t len)
{
	size_t end = len;

	while (end > 0 && block[end - 1] == 0)
		end--;
	stream->zeros = end == 0 ? stream->zeros + len : len - end;
	sha256_update(&stream->hash, len, block);
}

ssize_t stream_read(struct stream *stream, const void **out, struct cleat_error *err)
{
	struct archive_entry *entry = NULL;
	size_t len = 0;
	la_int64_t offset = 0;
	int r = ARCHIVE_OK;

	if (!stream->started) {
		r = archive_read_next_header(stream->archive, &entry);
		if (r == ARCHIVE_EOF) /* an empty file */
			return 0;
		if (r != ARCHIVE_OK)
			return failed(stream, err);
		stream->started = true;
	}
	do
		r = archive_read_data_block(stream->archive, out, &len, &offset);
	while (r == ARCHIVE_OK && len == 0);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK)
		return failed(stream, err);
	count(stream, *out, len);
	return (ssize_t)len;
}

int stream_drain(struct stream *stream, struct cleat_error *err)
{
	const void *block = NULL;
	ssize_t n = 0;

	do
		n = stream_read(stream, &block, err);
	while (n > 0);
	return (int)n;
}

void stream_digest(const struct stream *stream, char out[DIGEST_TEXT])
{
	digest_text(&stream->hash, out);
}

bool stream_compressed(const struct stream *stream)
{
	return archive_filter_code(stream->archive, 0) != ARCHIVE_FILTER_NONE;
}

uint64_t stream_trailing_zeros(const struct stream *stream)
{
	return stream->zeros;
}
