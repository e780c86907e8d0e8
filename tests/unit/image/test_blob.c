/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "image/content.h"
#include "image/layer/blob.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int count(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	DIR *stream = fdopendir(fd);
	int n = 0;

	while (readdir(stream))
		n++;
	(void)closedir(stream);
	return n - 2;
}

static void named_at_the_end(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	_cleanup_blobs_ struct blobs blobs = BLOBS_NONE;
	struct blob *blob = NULL;
	struct stat st;

	UNIT_OK(blobs_open(content, &blobs, &err), err);
	UNIT_OK(blob_put(&blobs, "abc", 3, &blob, &err), err);
	CU_ASSERT_STRING_EQUAL(blob->digest, ABC);
	CU_ASSERT_EQUAL(count(content, "sha256"), 0);
	CU_ASSERT(blobs_have(&blobs, ABC, 3));
	UNIT_OK(blobs_commit(&blobs, &err), err);
	CU_ASSERT_EQUAL(fstatat(content,
				"sha256/"
				"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
				&st, 0),
			0);
	CU_ASSERT_EQUAL(st.st_size, 3);
	CU_ASSERT_EQUAL(st.st_mode & 0222, 0);
}

static void nothing_without_a_commit(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	struct blob *blob = NULL;
	{
		_cleanup_blobs_ struct blobs blobs = BLOBS_NONE;

		UNIT_OK(blobs_open(content, &blobs, &err), err);
		UNIT_OK(blob_put(&blobs, "abc", 3, &blob, &err), err);
	}
	CU_ASSERT_EQUAL(count(content, "sha256"), 0);
	CU_ASSERT_EQUAL(count(content, "tmp"), 0);
}

static void what_was_there_stays(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);

	for (int i = 0; i < 2; i++) {
		_cleanup_blobs_ struct blobs blobs = BLOBS_NONE;
		struct blob *blob = NULL;

		UNIT_OK(blobs_open(content, &blobs, &err), err);
		CU_ASSERT_EQUAL(blobs_have(&blobs, ABC, 3), i == 1);
		CU_ASSERT_FALSE(blobs_have(&blobs, ABC, 4));
		UNIT_OK(blob_put(&blobs, "abc", 3, &blob, &err), err);
		UNIT_OK(blob_put(&blobs, "abc", 3, &blob, &err), err);
		UNIT_OK(blobs_commit(&blobs, &err), err);
	}
	CU_ASSERT_EQUAL(count(content, "sha256"), 1);
}

static void a_wrong_digest(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	_cleanup_blobs_ struct blobs blobs = BLOBS_NONE;
	struct blob *blob = NULL;

	UNIT_OK(blobs_open(content, &blobs, &err), err);
	UNIT_OK(blob_new(&blobs, &blob, &err), err);
	UNIT_OK(blob_write(&blobs, blob, "abd", 3, &err), err);
	UNIT_FAILS(blob_finish(blob, ABC, &err), EINVAL, err, "wrong content");
}

/* The third name cannot be given: the first two are taken back. */
static void all_or_none(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	_cleanup_blobs_ struct blobs blobs = BLOBS_NONE;
	struct blob *blob = NULL;

	UNIT_OK(blobs_open(content, &blobs, &err), err);
	UNIT_OK(blob_put(&blobs, "one", 3, &blob, &err), err);
	UNIT_OK(blob_put(&blobs, "two", 3, &blob, &err), err);
	UNIT_OK(blob_put(&blobs, "three", 5, &blob, &err), err);
	(void)close(blob->fd);
	blob->fd = open("/dev/null", O_RDWR | O_CLOEXEC); /* on another filesystem */
	CU_ASSERT(blobs_commit(&blobs, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, blob->digest));
	CU_ASSERT_EQUAL(count(content, "sha256"), 0);
}

UNIT_MAIN("blobs on their way", UNIT_TEST(named_at_the_end), UNIT_TEST(nothing_without_a_commit),
	  UNIT_TEST(what_was_there_stays), UNIT_TEST(a_wrong_digest), UNIT_TEST(all_or_none))
