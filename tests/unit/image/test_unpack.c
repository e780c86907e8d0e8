/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "tarball.h"

#include "image/layer/unpack.h"

#include <cleat/cleanup.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <locale.h>
#include <sys/xattr.h>

static int unpack(const struct tmpdir *dir, int fd, struct cleat_error *err)
{
	const struct unpack_options options = { .layer = "L", .whiteout = CLEAT_WHITEOUT_REMOVE };
	int r = unpack_layer(fd, dir->fd, &options, err);

	(void)close(fd);
	return r;
}

static void holds(const struct tmpdir *dir, const char *name, const char *content)
{
	_cleanup_close_ int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW);
	char bytes[256] = "";

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(read(fd, bytes, sizeof(bytes) - 1) >= 0);
	CU_ASSERT_STRING_EQUAL(bytes, content);
}

static bool is_there(const struct tmpdir *dir, const char *name)
{
	return faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void all_kinds(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_ZSTD);
	struct cleat_error err = { 0 };
	struct stat a, b;
	char target[64] = "";

	tarball_dir(&t, "./");
	tarball_put(&t, tarball_entry("d", AE_IFDIR, 01777), NULL);
	tarball_file(&t, "d/f", "hello");
	tarball_hardlink(&t, "g", "d/f");
	tarball_symlink(&t, "s", "../../outside");
	tarball_hardlink(&t, "t", "s");
	tarball_put(&t, tarball_entry("p", AE_IFIFO, 0640), NULL);
	tarball_put(&t, tarball_entry("setuid", AE_IFREG, 04755), "x");
	tarball_file(&t, "made/by/itself", "y");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	holds(&dir, "d/f", "hello");
	CU_ASSERT_EQUAL(fstatat(dir.fd, "d/f", &a, 0), 0);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "g", &b, 0), 0);
	CU_ASSERT_EQUAL(a.st_ino, b.st_ino);
	CU_ASSERT_EQUAL(a.st_mtim.tv_sec, 1000000000);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "d", &a, 0), 0);
	CU_ASSERT_EQUAL(a.st_mode & 07777, 01777);
	CU_ASSERT_EQUAL(a.st_mtim.tv_sec, 1000000000);
	CU_ASSERT(readlinkat(dir.fd, "t", target, sizeof(target) - 1) > 0);
	CU_ASSERT_STRING_EQUAL(target, "../../outside");
	CU_ASSERT_EQUAL(fstatat(dir.fd, "p", &a, 0), 0);
	CU_ASSERT(S_ISFIFO(a.st_mode) && (a.st_mode & 0777) == 0640);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "setuid", &a, 0), 0);
	CU_ASSERT_EQUAL(a.st_mode & 07777, 04755);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "made/by", &a, 0), 0);
	CU_ASSERT_EQUAL(a.st_mode & 07777, 0755);
}

static void refused(int fd, const char *words)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };

	UNIT_FAILS(unpack(&dir, fd, &err), EINVAL, err, words);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "layer L"));
}

static void what_leads_out(void)
{
	struct tarball t;

	refused(tarball_of("../../etc/passwd", "x"), "'../../etc/passwd' leads out");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_hardlink(&t, "a", "../../etc/passwd");
	refused(tarball_end(&t), "leads out");
}

/* Neither below a link to a directory nor by way of one; a link itself is replaced, not followed. */
static void symlinks_are_not_followed(void)
{
	_cleanup_tmpdir_ struct tmpdir outside = tmpdir_make();
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };
	char path[128];

	tarball_symlink(&t, "out", outside.path);
	tarball_file(&t, "out/file", "x");
	UNIT_FAILS(unpack(&dir, tarball_end(&t), &err), EINVAL, err, "behind a symbolic link");
	CU_ASSERT_FALSE(is_there(&outside, "file"));

	(void)snprintf(path, sizeof(path), "%s/victim", outside.path);
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_symlink(&t, "link", path);
	tarball_file(&t, "link", "replaced");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	CU_ASSERT_FALSE(is_there(&outside, "victim"));
	holds(&dir, "link", "replaced");

	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_symlink(&t, "dirlink", outside.path);
	tarball_put(&t, tarball_entry("dirlink", AE_IFDIR, 0700), NULL);
	tarball_file(&t, "dirlink/file", "inside");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	CU_ASSERT_FALSE(is_there(&outside, "file"));
	holds(&dir, "dirlink/file", "inside");

	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_symlink(&t, "x", outside.path);
	tarball_hardlink(&t, "y", "x/z");
	UNIT_FAILS(unpack(&dir, tarball_end(&t), &err), EINVAL, err, "behind a symbolic link");
}

static void absolute_names_are_relative_to_the_root(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };

	UNIT_OK(unpack(&dir, tarball_of("/cleat-test/x/../y", "here"), &err), err);
	holds(&dir, "cleat-test/y", "here");
	CU_ASSERT(access("/cleat-test", F_OK) < 0);
}

static void replaced_unless_both_are_directories(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };
	struct stat st;

	tarball_file(&t, "d/keep", "1");
	tarball_put(&t, tarball_entry("d", AE_IFDIR, 0700), NULL);
	tarball_file(&t, "gone/deep/file", "1");
	tarball_file(&t, "gone", "now a file");
	tarball_file(&t, "f", "now a directory");
	tarball_file(&t, "f", "again");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	holds(&dir, "d/keep", "1");
	CU_ASSERT_EQUAL(fstatat(dir.fd, "d", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	holds(&dir, "gone", "now a file");
	holds(&dir, "f", "again");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_file(&t, "f", "a file");
	tarball_file(&t, "f/below", "x");
	refused(tarball_end(&t), "not a directory");
}

static void holes_stay_holes(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct archive_entry *entry = tarball_entry("sparse", AE_IFREG, 0644);
	static char block[4096];
	struct cleat_error err = { 0 };
	struct stat st;

	archive_entry_set_size(entry, 64 << 20);
	archive_entry_sparse_add_entry(entry, 32 << 20, sizeof(block));
	CU_ASSERT_FATAL(archive_write_header(t.archive, entry) == ARCHIVE_OK);
	archive_entry_free(entry);
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < (64 << 20) / 4096; i++)
		(void)archive_write_data(t.archive, block, sizeof(block));
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "sparse", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_size, 64 << 20);
	CU_ASSERT(st.st_blocks * 512 < 1 << 20);
}

static void attributes(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct archive_entry *entry = tarball_entry("f", AE_IFREG, 0644);
	struct cleat_error err = { 0 };
	char value[8] = "";

	archive_entry_xattr_add_entry(entry, "user.cleat", "v", 1);
	archive_entry_xattr_add_entry(entry, "trusted.overlay.redirect", "/etc", 4);
	archive_entry_xattr_add_entry(entry, "user.overlay.opaque", "y", 1);
	tarball_put(&t, entry, "x");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	_cleanup_close_ int fd = openat(dir.fd, "f", O_RDONLY);

	if (fgetxattr(fd, "user.cleat", value, sizeof(value)) < 0) {
		CU_ASSERT_EQUAL(errno, EOPNOTSUPP); /* a filesystem without any */
	} else {
		CU_ASSERT_STRING_EQUAL(value, "v");
	}
	CU_ASSERT(fgetxattr(fd, "trusted.overlay.redirect", value, sizeof(value)) < 0);
	CU_ASSERT(fgetxattr(fd, "user.overlay.opaque", value, sizeof(value)) < 0);
}

static void names_that_are_not_ascii(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	tarball_file(&t, "f\xc5\x91tan\xc3\xba.crt", "composed");
	tarball_file(&t, "u\xcc\x88", "decomposed");
	UNIT_OK(unpack(&dir, tarball_end(&t), &err), err);
	holds(&dir, "f\xc5\x91tan\xc3\xba.crt", "composed");
	holds(&dir, "u\xcc\x88", "decomposed");
}

static void the_whole_stream_is_hashed(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const struct unpack_options options = {
		.layer = "L",
		.diff_id =
			"sha256:0000000000000000000000000000000000000000000000000000000000000000",
	};
	struct cleat_error err = { 0 };
	int fd = tarball_of("f", "x");

	UNIT_FAILS(unpack_layer(fd, dir.fd, &options, &err), EINVAL, err, "wrong content");
	(void)close(fd);
}

static void a_link_to_itself(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);

	tarball_file(&t, "a", "x");
	tarball_hardlink(&t, "a", "./a");
	refused(tarball_end(&t), "link to itself");
}

int main(void)
{
	static const struct unit_test tests[] = {
		UNIT_TEST(all_kinds),
		UNIT_TEST(what_leads_out),
		UNIT_TEST(symlinks_are_not_followed),
		UNIT_TEST(absolute_names_are_relative_to_the_root),
		UNIT_TEST(replaced_unless_both_are_directories),
		UNIT_TEST(holes_stay_holes),
		UNIT_TEST(attributes),
		UNIT_TEST(names_that_are_not_ascii),
		UNIT_TEST(the_whole_stream_is_hashed),
		UNIT_TEST(a_link_to_itself),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* as cleat-layer does */
	return unit_run("unpacking", tests, ARRAY_SIZE(tests));
}
