/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import.c - find out what we were given, and bring it into the content store.
 *
 * A directory is an OCI layout when it holds `oci-layout`, else a root filesystem. Everything else is
 * a tar, perhaps compressed, perhaps from a pipe, and only its last entry may tell what it is: so it is
 * first written to a plain file. That file is the layer when it turns out to be a root filesystem.
 */
#include "image/layer/import.h"

#include "base/text.h"
#include "image/layer/check.h"
#include "image/layer/report.h"
#include "image/layer/stream.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void import_fini(struct import *import)
{
	for (size_t i = 0; i < import->n; i++) {
		free(import->images[i].name);
		free(import->images[i].digest);
	}
	free(import->images);
	blobs_fini(&import->blobs);
}

int import_add_image(struct import *import, const char *name, const char *digest,
		     struct cleat_error *err)
{
	struct image_result *images = reallocarray(import->images, import->n + 1, sizeof(*images));
	struct image_result *image = NULL;

	if (!images)
		return cleat_fail(err, ENOMEM, "cannot import an image: out of memory");
	import->images = images;
	image = &images[import->n];
	if (import->name)
		name = import->name;
	else if (!name)
		name = import->fallback;
	if (!name)
		return cleat_fail(err, EINVAL,
				  "%s says no name for its image; give one: "
				  "cleat image import FILE NAME",
				  import->what);
	if (image_name_normalise(name, &image->name, err) < 0)
		return -err->errnum;
	image->digest = strdup(digest);
	import->n++;
	return image->digest ? 0 : cleat_fail(err, ENOMEM, "cannot import: out of memory");
}

bool import_wants(const struct import *import, const char *name)
{
	_cleanup_free_ char *normalised = NULL;
	struct cleat_error ignored = { 0 };

	return name && import->name && image_name_normalise(name, &normalised, &ignored) == 0 &&
	       strcmp(normalised, import->name) == 0;
}

struct copy {
	struct import *import;
	struct blob *blob;
	const char *what;
	uint64_t total;
};

static int copy_block(void *arg, const void *block, size_t len, struct cleat_error *err)
{
	struct copy *copy = arg;

	report_progress("reading", copy->what, copy->blob->size, copy->total);
	return blob_write(&copy->import->blobs, copy->blob, block, len, err);
}

int import_copy(struct import *import, struct source *source, const char *name, const char *digest,
		uint64_t total, struct blob **out, struct cleat_error *err)
{
	struct copy copy = { .import = import, .what = digest ? digest : name, .total = total };

	if (blob_new(&import->blobs, &copy.blob, err) < 0 ||
	    source_read(source, name, copy_block, &copy, err) < 0 ||
	    blob_finish(copy.blob, digest, err) < 0)
		return -err->errnum;
	*out = copy.blob;
	return 0;
}

/* ---- tar --------------------------------------------------------------------------------------- */

/* A fifo that nobody has opened yet reads as if it were at its end: wait for the writer. */
static int wait_for_writer(int input, struct cleat_error *err)
{
	struct pollfd p = { .fd = input, .events = POLLIN };
	int flags = fcntl(input, F_GETFL);

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return cleat_fail(err, errno, "cannot wait for the archive: %m");
	if (flags < 0 || fcntl(input, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return cleat_fail(err, errno, "cannot read the archive: %m");
	return 0;
}

/** Write the plain tar to a blob. With @may_stop: only when the file is compressed; else *out is NULL. */
static int spool(struct import *import, int input, bool may_stop, struct blob **out,
		 struct cleat_error *err)
{
	_cleanup_stream_ struct stream *stream = NULL;
	const void *block = NULL;
	ssize_t n = 0;

	*out = NULL;
	if (stream_open(input, "reading", import->what, &stream, err) < 0)
		return -err->errnum;
	while ((n = stream_read(stream, &block, err)) > 0) {
		if (may_stop && !*out && !stream_compressed(stream))
			return 0;
		if ((!*out && blob_new(&import->blobs, out, err) < 0) ||
		    blob_write(&import->blobs, *out, block, (size_t)n, err) < 0)
			return -err->errnum;
	}
	if (n < 0)
		return (int)n;
	if (!*out)
		return cleat_fail(err, EINVAL, "%s is empty", import->what);
	return blob_finish(*out, NULL, err);
}

static int check_end(struct import *import, int fd, struct cleat_error *err)
{
	static const char zeros[1024];
	char end[sizeof(zeros)];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot read %s: %m", import->what);
	if (st.st_size < (off_t)sizeof(end) ||
	    pread(fd, end, sizeof(end), st.st_size - (off_t)sizeof(end)) != sizeof(end) ||
	    memcmp(end, zeros, sizeof(end)) != 0)
		return cleat_fail(err, EINVAL,
				  "%s is cut off: a tar archive ends in 1024 zero bytes",
				  import->what);
	return 0;
}

static int import_rootfs_tar(struct import *import, int input, struct blob *layer,
			     struct cleat_error *err)
{
	if (!layer) {
		if (lseek(input, 0, SEEK_SET) < 0)
			return cleat_fail(err, errno, "cannot read %s: %m", import->what);
		if (spool(import, input, false, &layer, err) < 0)
			return -err->errnum;
	}
	if (!layer || layer_check(layer->fd, import->what, layer->digest, err) < 0)
		return -err->errnum;
	return rootfs_import(import, layer, err);
}

static bool has_docker_list(struct source *source)
{
	_cleanup_free_ char *json = NULL;
	struct cleat_error ignored = { 0 };
	size_t len = 0;

	return source_has(source, "manifest.json") &&
	       source_read_all(source, "manifest.json", MANIFEST_MAX, &json, &len, &ignored) == 0 &&
	       docker_is_list(json, len);
}

static int not_a_tar(const struct import *import, struct cleat_error *err)
{
	if (strstr(err->text, "Truncated"))
		return cleat_fail(err, EINVAL, "%s is cut off in the middle of a file",
				  import->what);
	return cleat_wrap(err, "not an image (wanted: directory, OCI layout, docker archive, "
			       "tar of a root filesystem)");
}

static int import_tar(struct import *import, int input, struct cleat_error *err)
{
	_cleanup_source_ struct source *source = NULL;
	struct blob *plain = NULL;
	struct stat st;
	bool seekable = fstat(input, &st) == 0 && S_ISREG(st.st_mode);

	if (!seekable && wait_for_writer(input, err) < 0)
		return -err->errnum;
	if (spool(import, input, seekable, &plain, err) < 0)
		return -err->errnum;
	int fd = plain ? plain->fd : input;

	if (source_of_tar(fd, import->what, &source, err) < 0)
		return not_a_tar(import, err);
	if (check_end(import, fd, err) < 0)
		return -err->errnum;
	if (source_entries(source) == 0)
		return cleat_fail(err, EINVAL, "%s is an archive without entries", import->what);
	if (!source_has(source, "oci-layout") && !has_docker_list(source))
		return import_rootfs_tar(import, input, plain, err);
	int r = source_has(source, "oci-layout") ? oci_import(import, source, err)
						 : docker_import(import, source, err);

	if (plain)
		blob_drop(&import->blobs, plain); /* was only the wrapping */
	return r;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static int import_directory(struct import *import, int input, struct cleat_error *err)
{
	_cleanup_source_ struct source *source = NULL;
	struct blob *layer = NULL;

	if (source_of_directory(input, &source, err) < 0)
		return -err->errnum;
	if (source_has(source, "oci-layout"))
		return oci_import(import, source, err);
	if (pack_directory(import, input, &layer, err) < 0)
		return -err->errnum;
	return rootfs_import(import, layer, err);
}

int import_run(struct import *import, int input, struct cleat_error *err)
{
	struct stat st;

	if (fstat(input, &st) < 0)
		return cleat_fail(err, errno, "cannot read %s: %m", import->what);
	int r = S_ISDIR(st.st_mode) ? import_directory(import, input, err)
				    : import_tar(import, input, err);

	if (r < 0)
		return r;
	return blobs_commit(&import->blobs, err);
}
