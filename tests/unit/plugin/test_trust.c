/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "plugin/open.h"

#include <cleat/cleanup.h>

#include <sys/stat.h>

/* @dir/a/b/file, and its path. */
static const char *make(const struct tmpdir *dir, char path[256])
{
	(void)snprintf(path, 256, "%s/a", dir->path);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	(void)snprintf(path, 256, "%s/a/b", dir->path);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
	(void)snprintf(path, 256, "%s/a/b/file", dir->path);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	(void)fchmod(fd, 0644);
	(void)close(fd);
	return path;
}

static void mode(const struct tmpdir *dir, const char *name, unsigned bits)
{
	CU_ASSERT_EQUAL(fchmodat(dir->fd, name, bits, 0), 0);
}

/* tmpdir lies in /tmp, which is sticky and root's: that is fine. */
static void a_good_file_is_opened(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];
	_cleanup_close_ int fd = open_trusted(make(&dir, path), &err);

	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void writable_files_and_parents_are_refused(void)
{
	static const struct {
		const char *name;
		unsigned bits, back;
		const char *words;
	} faults[] = {
		{ "a/b/file", 0666, 0644, "found mode 0666" },
		{ "a/b/file", 0664, 0644, "found mode 0664" },
		{ "a/b", 0777, 0755, "found mode 0777" },
		{ "a", 0775, 0755, "found mode 0775" },
	};
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];

	(void)make(&dir, path);
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char wanted[300];

		mode(&dir, faults[i].name, faults[i].bits);
		UNIT_FAILS(open_trusted(path, &err), EPERM, err, faults[i].words);
		(void)snprintf(wanted, sizeof(wanted), "'%s/%s', wanted it not writable", dir.path,
			       faults[i].name);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, wanted));
		mode(&dir, faults[i].name, faults[i].back);
	}
}

static void a_sticky_directory_of_ours_is_not_roots(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];

	(void)make(&dir, path);
	mode(&dir, "a", 01777);
	if (geteuid() == 0) {
		_cleanup_close_ int fd = open_trusted(path, &err);

		CU_ASSERT_TRUE(fd >= 0);
	} else {
		CU_ASSERT_EQUAL(open_trusted(path, &err), -EPERM);
	}
}

/* Needs root to give a file away; as a user the file of root's counterpart is tested by the rest. */
static void strangers_files_are_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];

	(void)make(&dir, path);
	if (geteuid() != 0)
		return;
	CU_ASSERT_EQUAL(fchownat(dir.fd, "a/b/file", 1234, 1234, 0), 0);
	UNIT_FAILS(open_trusted(path, &err), EPERM, err, "found owner 1234");
	CU_ASSERT_EQUAL(fchownat(dir.fd, "a/b/file", 0, 0, 0), 0);
	CU_ASSERT_EQUAL(fchownat(dir.fd, "a/b", 1234, 0, 0), 0);
	UNIT_FAILS(open_trusted(path, &err), EPERM, err, "found owner 1234");
	/* a sticky directory of root's is fine, but not a stranger's entry in it */
	mode(&dir, "a", 01777);
	UNIT_FAILS(open_trusted(path, &err), EPERM, err, "found owner 1234");
}

static void links_are_resolved_and_judged(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];
	char link[256];

	(void)snprintf(link, sizeof(link), "%s/link", dir.path);
	CU_ASSERT_EQUAL(symlink(make(&dir, path), link), 0);
	_cleanup_close_ int fd = open_trusted(link, &err);

	CU_ASSERT_TRUE(fd >= 0);
	mode(&dir, "a/b", 0777);
	UNIT_FAILS(open_trusted(link, &err), EPERM, err, "/a/b'");
}

static void other_things_are_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/missing", dir.path);
	UNIT_FAILS(open_trusted(path, &err), ENOENT, err, "cannot open");
	UNIT_FAILS(open_trusted(dir.path, &err), EINVAL, err, "found no regular file");
	(void)snprintf(path, sizeof(path), "%s/fifo", dir.path);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	UNIT_FAILS(open_trusted(path, &err), EINVAL, err, "found no regular file"); /* no hang */
}

UNIT_MAIN("plugin/trust", UNIT_TEST(a_good_file_is_opened),
	  UNIT_TEST(writable_files_and_parents_are_refused),
	  UNIT_TEST(a_sticky_directory_of_ours_is_not_roots),
	  UNIT_TEST(strangers_files_are_refused), UNIT_TEST(links_are_resolved_and_judged),
	  UNIT_TEST(other_things_are_refused))
