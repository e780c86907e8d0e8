/* SPDX-License-Identifier: Apache-2.0 */
/* content.c - blobs on disk: found by digest, listed, removed; temporary files swept. */
#include "image/content.h"

#include "base/dir.h"
#include "base/fd.h"
#include "image/digest.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOB_PATH = 128 };

static int blob_path(const char *digest, char out[BLOB_PATH], struct cleat_error *err)
{
	if (!digest_is_valid(digest))
		return cleat_fail(err, EINVAL, "'%.100s' is not a digest: wanted sha256:HEX",
				  digest);
	(void)snprintf(out, BLOB_PATH, CONTENT_SHA "/%s", digest_hex(digest));
	return 0;
}

static int make_and_open(int dir, const char *name, struct cleat_error *err)
{
	int fd = -1;

	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return cleat_fail(err, errno, "cannot make directory '%s': %m", name);
	fd = dir_open_beneath(dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open directory '%s': %m", name);
	return fd;
}

int content_open_store(int root_fd, struct cleat_error *err)
{
	_cleanup_close_ int content = make_and_open(root_fd, CONTENT_DIR, err);
	_cleanup_close_ int sha = content < 0 ? -1 : make_and_open(content, CONTENT_SHA, err);
	_cleanup_close_ int tmp = sha < 0 ? -1 : make_and_open(content, CONTENT_TMP, err);

	return tmp < 0 ? -err->errnum : take_fd(&content);
}

int content_open(int content_fd, const char *digest, struct cleat_error *err)
{
	char path[BLOB_PATH];
	int fd = -1;

	if (blob_path(digest, path, err) < 0)
		return -err->errnum;
	fd = dir_open_beneath(content_fd, path, O_RDONLY, 0);
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open blob %s: %m", digest);
	return fd;
}

int content_read(int content_fd, const char *digest, size_t limit, char **out, size_t *out_len,
		 struct cleat_error *err)
{
	_cleanup_close_ int fd = content_open(content_fd, digest, err);
	_cleanup_free_ char *data = NULL;
	char found[DIGEST_TEXT];

	if (fd < 0)
		return fd;
	if (fd_read_all(fd, limit, &data, out_len, digest, err) < 0)
		return -err->errnum;
	digest_of(data, *out_len, found);
	if (strcmp(found, digest) != 0)
		return cleat_fail(err, EUCLEAN, "blob %s is damaged: its digest is %s", digest,
				  found);
	*out = take_ptr(data);
	return 0;
}

int image_manifest_read(int root_fd, const char *digest, struct image_manifest **out,
			struct cleat_error *err)
{
	_cleanup_close_ int content = dir_open_beneath(root_fd, CONTENT_DIR, O_PATH, 0);
	_cleanup_free_ char *manifest = NULL;
	_cleanup_free_ char *config = NULL;
	_cleanup_manifest_ struct image_manifest *m = NULL;
	struct manifest_config wanted;
	size_t len = 0, config_len = 0;

	if (content < 0)
		return cleat_fail(err, -content, "cannot open the content store: %m");
	if (content_read(content, digest, MANIFEST_MAX, &manifest, &len, err) < 0 ||
	    manifest_parse(manifest, len, &m, &wanted, err) < 0 ||
	    content_read(content, m->id, MANIFEST_MAX, &config, &config_len, err) < 0 ||
	    manifest_add_config(m, config, config_len, err) < 0)
		return -err->errnum;
	*out = take_ptr(m);
	return 0;
}

int image_blob_remove(int root_fd, const char *digest, struct cleat_error *err)
{
	_cleanup_close_ int content = dir_open_beneath(root_fd, CONTENT_DIR, O_PATH, 0);
	char path[BLOB_PATH];

	if (blob_path(digest, path, err) < 0)
		return -err->errnum;
	if (content == -ENOENT)
		return 0;
	if (content < 0)
		return cleat_fail(err, -content, "cannot open the content store: %m");
	if (unlinkat(content, path, 0) < 0 && errno != ENOENT)
		return cleat_fail(err, errno, "cannot remove blob %s: %m", digest);
	return 0;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

/* Call @each for the names in content/@part; a store that is not there is an empty one. */
static int each_name(int root_fd, const char *part,
		     int (*each)(void *arg, int dir, const char *name, struct cleat_error *err),
		     void *arg, struct cleat_error *err)
{
	_cleanup_(close_stream) DIR *stream = NULL;
	int fd = dir_open_beneath(root_fd, part, O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot open directory '%s': %m", part);
	stream = fdopendir(fd);
	if (!stream) {
		(void)close(fd);
		return cleat_fail(err, ENOMEM, "cannot list directory '%s': %m", part);
	}
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (each(arg, fd, entry->d_name, err) < 0)
			return -err->errnum;
	}
	return 0;
}

struct listing {
	int (*each)(void *arg, const char *digest, uint64_t size);
	void *arg;
};

static int list_blob(void *arg, int dir, const char *name, struct cleat_error *err)
{
	const struct listing *listing = arg;
	char digest[DIGEST_TEXT];
	struct stat st;
	int r = 0;

	if (strlen(name) != DIGEST_HEX || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* not a blob, or gone meanwhile */
	(void)snprintf(digest, sizeof(digest), "sha256:%s", name);
	r = digest_is_valid(digest) ? listing->each(listing->arg, digest, (uint64_t)st.st_size) : 0;
	return r < 0 ? cleat_fail(err, -r, "cannot list the content store: %m") : 0;
}

int image_blobs(int root_fd, int (*each)(void *arg, const char *digest, uint64_t size), void *arg,
		struct cleat_error *err)
{
	struct listing listing = { each, arg };

	return each_name(root_fd, CONTENT_DIR "/" CONTENT_SHA, list_blob, &listing, err);
}

static int remove_temporary(void *arg, int dir, const char *name, struct cleat_error *err)
{
	const char *prefix = arg;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return 0;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return cleat_fail(err, errno, "cannot remove temporary file '%s': %m", name);
	return 0;
}

int content_sweep(int content_fd, const char *prefix, struct cleat_error *err)
{
	char copy[32];

	(void)snprintf(copy, sizeof(copy), "%s", prefix);
	return each_name(content_fd, CONTENT_TMP, remove_temporary, copy, err);
}

int image_sweep(int root_fd, struct cleat_error *err)
{
	char all[] = "";

	return each_name(root_fd, CONTENT_DIR "/" CONTENT_TMP, remove_temporary, all, err);
}
