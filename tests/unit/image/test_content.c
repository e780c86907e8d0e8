/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "image/content.h"
#include "image/digest.h"
#include "image/image.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/stat.h>

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void put(int dir, const char *name, const char *data)
{
	_cleanup_close_ int fd = openat(dir, name, O_CREAT | O_WRONLY, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, data, strlen(data)), (ssize_t)strlen(data));
}

static int collect(void *arg, const char *digest, uint64_t size)
{
	CU_ASSERT_STRING_EQUAL(digest, ABC);
	CU_ASSERT_EQUAL(size, 3);
	++*(int *)arg;
	return 0;
}

static void blobs_come_and_go(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	_cleanup_free_ char *data = NULL;
	size_t len = 0;
	int n = 0;

	CU_ASSERT_FATAL(content >= 0);
	put(content, "sha256/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "abc");
	put(content, "sha256/not-a-digest", "abc");
	UNIT_OK(content_read(content, ABC, 100, &data, &len, &err), err);
	CU_ASSERT_STRING_EQUAL(data, "abc");
	UNIT_OK(image_blobs(dir.fd, collect, &n, &err), err);
	CU_ASSERT_EQUAL(n, 1);
	UNIT_OK(image_blob_remove(dir.fd, ABC, &err), err);
	UNIT_OK(image_blob_remove(dir.fd, ABC, &err), err);
	UNIT_FAILS(content_read(content, ABC, 100, &data, &len, &err), ENOENT, err, ABC);
}

static void damage_is_noticed(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);
	char *data = NULL;
	size_t len = 0;

	put(content, "sha256/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "abd");
	UNIT_FAILS(content_read(content, ABC, 100, &data, &len, &err), EUCLEAN, err, "damaged");
	UNIT_FAILS(content_read(content, ABC, 2, &data, &len, &err), EFBIG, err, ABC);
}

static void no_way_out_of_the_store(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);

	put(dir.fd, "victim", "x");
	UNIT_FAILS(content_open(content, "sha256:../../victim", &err), EINVAL, err, "not a digest");
	UNIT_FAILS(image_blob_remove(dir.fd, "../victim", &err), EINVAL, err, "not a digest");
	CU_ASSERT_EQUAL(faccessat(dir.fd, "victim", F_OK, 0), 0);
}

static void the_sweep_takes_temporary_files_alone(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	_cleanup_close_ int content = content_open_store(dir.fd, &err);

	put(content, "tmp/12-0", "x");
	put(content, "tmp/12-1", "x");
	put(content, "tmp/123-0", "x");
	put(content, "sha256/keep", "x");
	UNIT_OK(content_sweep(content, "12-", &err), err);
	CU_ASSERT(faccessat(content, "tmp/12-0", F_OK, 0) < 0);
	CU_ASSERT_EQUAL(faccessat(content, "tmp/123-0", F_OK, 0), 0);
	UNIT_OK(image_sweep(dir.fd, &err), err);
	CU_ASSERT(faccessat(content, "tmp/123-0", F_OK, 0) < 0);
	CU_ASSERT_EQUAL(faccessat(content, "sha256/keep", F_OK, 0), 0);
}

static void nothing_there_is_nothing_to_do(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	int n = 0;

	UNIT_OK(image_sweep(dir.fd, &err), err);
	UNIT_OK(image_blobs(dir.fd, collect, &n, &err), err);
	UNIT_OK(image_blob_remove(dir.fd, ABC, &err), err);
	CU_ASSERT_EQUAL(n, 0);
}

UNIT_MAIN("content store", UNIT_TEST(blobs_come_and_go), UNIT_TEST(damage_is_noticed),
	  UNIT_TEST(no_way_out_of_the_store), UNIT_TEST(the_sweep_takes_temporary_files_alone),
	  UNIT_TEST(nothing_there_is_nothing_to_do))
