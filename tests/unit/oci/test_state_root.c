/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/state_root.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/tmpdir.h"
#include "support/unit.h"

/* R8 of security.md. */
static void hostile_ids(void)
{
	static const char *const bad[] = {
		"",     ".",  "..",       "../x", "a/b", "-x",   "a b",
		"a\nb", ".x", "\xc3\xa4", "%n",   "a:b", "a\\b", "a\tb"
	};
	char longest[302];
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		UNIT_FAILS(container_id_check(bad[i], &err), EINVAL, err, "invalid container ID");
	memset(longest, 'a', sizeof(longest));
	longest[300] = '\0';
	UNIT_FAILS(container_id_check(longest, &err), EINVAL, err, "longer than 128");
	longest[128] = '\0';
	UNIT_OK(container_id_check(longest, &err), err);
	UNIT_OK(container_id_check("a_B+c.d-9", &err), err);
}

static void one_directory_one_id(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	struct cleat_error err = { 0 };
	struct stat st;
	int dir = state_dir_reserve(tmp.fd, "c1", &err);

	CU_ASSERT_FATAL(dir >= 0);
	CU_ASSERT_EQUAL(fstat(dir, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
	UNIT_FAILS(state_dir_reserve(tmp.fd, "c1", &err), EEXIST, err,
		   "container with given ID already exists");
	UNIT_FAILS(state_dir_open(tmp.fd, "c2", &err), ENOENT, err, "container does not exist");
	UNIT_OK(state_dir_remove(tmp.fd, dir, "c1", &err), err);
	UNIT_FAILS(state_dir_open(tmp.fd, "c1", &err), ENOENT, err, "container does not exist");
	UNIT_OK(state_dir_remove(tmp.fd, dir, "c1", &err), err);
	(void)close(dir);
}

static void bad_roots(void)
{
	static const char *const bad[] = { "/", "//", "" };
	char path[64];

	for (size_t i = 0; i < 3; i++) {
		struct arguments a = { .root = bad[i] };
		struct cleat_error err = { 0 };

		UNIT_FAILS(state_root_path(&a, path, sizeof(path), &err), EINVAL, err, "--root");
	}
}

UNIT_MAIN("oci state root", UNIT_TEST(hostile_ids), UNIT_TEST(one_directory_one_id),
	  UNIT_TEST(bad_roots))
