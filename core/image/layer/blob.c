/* SPDX-License-Identifier: Apache-2.0 */
/* blob.c - blobs on their way into the content store. */
#include "image/layer/blob.h"

#include "base/dir.h"
#include "base/fd.h"
#include "image/content.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int blobs_open(int content_fd, struct blobs *out, struct cleat_error *err)
{
	_cleanup_close_ int sha =
		dir_open_beneath(content_fd, CONTENT_SHA, O_RDONLY | O_DIRECTORY, 0);
	_cleanup_close_ int tmp =
		dir_open_beneath(content_fd, CONTENT_TMP, O_RDONLY | O_DIRECTORY, 0);

	if (sha < 0 || tmp < 0)
		return cleat_fail(err, sha < 0 ? -sha : -tmp, "cannot open the content store: %m");
	*out = (struct blobs)BLOBS_NONE;
	out->content_fd = content_fd;
	out->sha_fd = take_fd(&sha);
	out->tmp_fd = take_fd(&tmp);
	out->space.fd = out->sha_fd;
	return 0;
}

static void blob_free(struct blobs *blobs, struct blob *blob)
{
	if (*blob->temporary)
		(void)unlinkat(blobs->tmp_fd, blob->temporary, 0); /* or the daemon sweeps it */
	(void)close(blob->fd);
	free(blob);
}

void blobs_fini(struct blobs *blobs)
{
	for (size_t i = 0; i < blobs->n; i++)
		blob_free(blobs, blobs->list[i]);
	free(blobs->list);
	cleat_closep(&blobs->sha_fd);
	cleat_closep(&blobs->tmp_fd);
}

/* A file without a name where the filesystem has that, else one that bears our pid, for the sweep. */
static int open_temporary(struct blobs *blobs, struct blob *blob)
{
	static unsigned counter;

	blob->fd = openat(blobs->tmp_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0400);
	if (blob->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return blob->fd;
	(void)snprintf(blob->temporary, sizeof(blob->temporary), "%d-%u", (int)getpid(), counter++);
	blob->fd = openat(blobs->tmp_fd, blob->temporary,
			  O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0400);
	return blob->fd;
}

int blob_new(struct blobs *blobs, struct blob **out, struct cleat_error *err)
{
	struct blob **list = reallocarray(blobs->list, blobs->n + 1, sizeof(*list));
	struct blob *blob = list ? calloc(1, sizeof(*blob)) : NULL;

	if (list)
		blobs->list = list;
	if (!blob)
		return cleat_fail(err, ENOMEM, "cannot store a blob: out of memory");
	if (open_temporary(blobs, blob) < 0) {
		free(blob);
		return cleat_fail(err, errno, "cannot make a file in the content store: %m");
	}
	sha256_init(&blob->hash);
	blobs->list[blobs->n++] = blob;
	*out = blob;
	return 0;
}

int blob_write(struct blobs *blobs, struct blob *blob, const void *data, size_t len,
	       struct cleat_error *err)
{
	int r = fd_write_all(blob->fd, data, len);

	if (r < 0)
		return cleat_fail(err, -r, "cannot write to the content store: %m");
	sha256_update(&blob->hash, len, data);
	blob->size += len;
	return space_used(&blobs->space, len, err);
}

int blob_finish(struct blob *blob, const char *wanted, struct cleat_error *err)
{
	digest_text(&blob->hash, blob->digest);
	if (wanted && strcmp(blob->digest, wanted) != 0)
		return cleat_fail(err, EINVAL, "blob %s has wrong content: its digest is %s",
				  wanted, blob->digest);
	return 0;
}

int blob_put(struct blobs *blobs, const void *data, size_t len, struct blob **out,
	     struct cleat_error *err)
{
	if (blob_new(blobs, out, err) < 0 || blob_write(blobs, *out, data, len, err) < 0 ||
	    blob_finish(*out, NULL, err) < 0)
		return -err->errnum;
	return 0;
}

bool blobs_have(const struct blobs *blobs, const char *digest, uint64_t size)
{
	struct stat st;

	for (size_t i = 0; i < blobs->n; i++)
		if (strcmp(blobs->list[i]->digest, digest) == 0)
			return true;
	return fstatat(blobs->sha_fd, digest_hex(digest), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

void blob_drop(struct blobs *blobs, struct blob *blob)
{
	for (size_t i = 0; i < blobs->n; i++)
		if (blobs->list[i] == blob) {
			blobs->list[i] = blobs->list[--blobs->n];
			blob_free(blobs, blob);
			return;
		}
}

static int name_blob(struct blobs *blobs, struct blob *blob, struct cleat_error *err)
{
	const char *name = digest_hex(blob->digest);
	int r = 0;

	if (fsync(blob->fd) < 0)
		return cleat_fail(err, errno, "cannot write blob %s to disk: %m", blob->digest);
	if (*blob->temporary)
		r = linkat(blobs->tmp_fd, blob->temporary, blobs->sha_fd, name, 0);
	else
		r = linkat(blob->fd, "", blobs->sha_fd, name, AT_EMPTY_PATH);
	if (r < 0 && errno != EEXIST)
		return cleat_fail(err, errno, "cannot store blob %s: %m", blob->digest);
	blob->linked = r == 0;
	return 0;
}

static void take_back(struct blobs *blobs)
{
	for (size_t i = 0; i < blobs->n; i++)
		if (blobs->list[i]->linked)
			(void)unlinkat(blobs->sha_fd, digest_hex(blobs->list[i]->digest), 0);
}

int blobs_commit(struct blobs *blobs, struct cleat_error *err)
{
	int r = 0;

	/* Other imports must not see, and build on, what a failure would take back. */
	if (flock(blobs->sha_fd, LOCK_EX) < 0)
		return cleat_fail(err, errno, "cannot lock the content store: %m");
	for (size_t i = 0; r == 0 && i < blobs->n; i++)
		r = name_blob(blobs, blobs->list[i], err);
	if (r == 0 && fsync(blobs->sha_fd) < 0)
		r = cleat_fail(err, errno, "cannot write the content store to disk: %m");
	if (r < 0)
		take_back(blobs);
	(void)flock(blobs->sha_fd, LOCK_UN);
	return r;
}
