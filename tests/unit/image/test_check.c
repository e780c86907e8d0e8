/* SPDX-License-Identifier: Apache-2.0 */
#include "tarball.h"

#include "image/digest.h"
#include "image/layer/check.h"

#include <errno.h>

static void refused(int fd, const char *words)
{
	struct cleat_error err = { 0 };

	UNIT_FAILS(layer_check(fd, "L", NULL, &err), EINVAL, err, words);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "layer L"));
	(void)close(fd);
}

static void leads_out(void)
{
	refused(tarball_of("../../etc/passwd", "x"), "'../../etc/passwd' leads out");
	refused(tarball_of("a/../../b", "x"), "leads out");
}

static void links_lead_out(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);

	tarball_hardlink(&t, "mine", "../../etc/shadow");
	refused(tarball_end(&t), "'mine' is a link that leads out");
}

static void behind_a_symlink(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_GZIP);

	tarball_symlink(&t, "etc", "/etc");
	tarball_file(&t, "etc/passwd", "x");
	refused(tarball_end(&t), "'etc/passwd' lies behind a symbolic link");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_symlink(&t, "a", ".");
	tarball_file(&t, "f", "x");
	tarball_hardlink(&t, "b", "a/f");
	refused(tarball_end(&t), "'b' lies behind a symbolic link");
}

static void symlinks_alone_are_fine(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	tarball_symlink(&t, "lib", "../../usr/lib");
	tarball_symlink(&t, "bin", "/usr/bin");
	tarball_symlink(&t, "was", "/x");
	tarball_dir(&t, "was"); /* replaced by a directory: no longer a link */
	tarball_file(&t, "was/file", "x");
	int fd = tarball_end(&t);

	UNIT_OK(layer_check(fd, "L", NULL, &err), err);
	(void)close(fd);
}

static void the_diff_id_is_of_the_plain_bytes(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct tarball z = tarball_begin(ARCHIVE_FILTER_GZIP);
	struct cleat_error err = { 0 };
	char bytes[20480], digest[DIGEST_TEXT];

	tarball_file(&t, "f", "content");
	tarball_file(&z, "f", "content");
	int plain = tarball_end(&t), packed = tarball_end(&z);
	ssize_t n = read(plain, bytes, sizeof(bytes));

	digest_of(bytes, (size_t)n, digest);
	UNIT_OK(layer_check(plain, "L", digest, &err), err);
	UNIT_OK(layer_check(packed, "L", digest, &err), err);
	digest[10] = digest[10] == '0' ? '1' : '0';
	UNIT_FAILS(layer_check(packed, "L", digest, &err), EINVAL, err, "diff id");
	(void)close(plain);
	(void)close(packed);
}

static void cut_off(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_GZIP);
	char noise[8192];
	struct stat st;

	for (size_t i = 0; i < sizeof(noise) - 1; i++)
		noise[i] = (char)('a' + (i * i * 7 + i / 3) % 26);
	noise[sizeof(noise) - 1] = '\0';
	tarball_file(&t, "f", noise);
	int fd = tarball_end(&t);

	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(ftruncate(fd, st.st_size / 2), 0);
	refused(fd, "truncated");
}

UNIT_MAIN("layers are checked when they arrive", UNIT_TEST(leads_out), UNIT_TEST(links_lead_out),
	  UNIT_TEST(behind_a_symlink), UNIT_TEST(symlinks_alone_are_fine),
	  UNIT_TEST(the_diff_id_is_of_the_plain_bytes), UNIT_TEST(cut_off))
