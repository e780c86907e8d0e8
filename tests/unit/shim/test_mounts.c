/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "shim/mount_options.h"
#include "shim/overlay_options.h"
#include "shim/rootfs.h"
#include "support/tmpdir.h"

static struct mount_options parse(const char *const *words)
{
	struct mount_options options;

	CU_ASSERT_EQUAL_FATAL(mount_options_parse(words, &options), 0);
	return options;
}
#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void words_become_flags(void)
{
	struct mount_options o = PARSE("rbind", "ro", "nosuid", "rprivate");

	CU_ASSERT_EQUAL(o.flags, MS_BIND | MS_REC | MS_RDONLY | MS_NOSUID);
	CU_ASSERT_EQUAL(o.propagation, MS_PRIVATE | MS_REC);
	CU_ASSERT_EQUAL(o.data.len, 0);
	text_fini(&o.data);
	o = PARSE("ro", "rw", "noexec", "exec");
	CU_ASSERT_EQUAL(o.flags, 0);
	text_fini(&o.data);
}

static void the_rest_is_the_filesystems(void)
{
	struct mount_options o = PARSE("index=off", "workdir=/w", "ro", "lowerdir=/a:/b");

	CU_ASSERT_EQUAL(o.flags, MS_RDONLY);
	CU_ASSERT_STRING_EQUAL(o.data.bytes, "index=off,workdir=/w,lowerdir=/a:/b");
	text_fini(&o.data);
	CU_ASSERT_EQUAL(mount_options_parse(NULL, &o), 0);
}

static void more_than_the_kernel_reads_is_refused(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };
	static char option[5000];

	memset(option, 'x', sizeof(option) - 1);
	const struct cleat_mount mount = {
		.type = "overlay",
		.source = "overlay",
		.options = (const char *const[]){ option, NULL },
	};

	UNIT_FAILS(rootfs_mount(t.fd, t.path, &mount, 1, &err), E2BIG, err, "4999 bytes");
}

static void shortened(const char *options, int expected, const char *directory, const char *rest)
{
	_cleanup_text_ struct text out = { 0 };
	char *found = NULL;

	CU_ASSERT_EQUAL(overlay_shorten(options, &out, &found), expected);
	if (expected == 0) {
		CU_ASSERT_STRING_EQUAL(found, directory);
		CU_ASSERT_STRING_EQUAL(out.bytes, rest);
	}
	free(found);
}

static void layers_are_named_from_what_they_share(void)
{
	shortened("lowerdir=/v/s/12/fs:/v/s/1/fs:/v/s/3/fs", 0, "/v/s/",
		  "lowerdir=12/fs:1/fs:3/fs");
	shortened("index=off,lowerdir=/v/1:/v/2,upperdir=/u", 0, "/v/",
		  "index=off,lowerdir=1:2,upperdir=/u");
	shortened("lowerdir=/v/a/fs", 0, "/v/a/", "lowerdir=fs");
	shortened("lowerdir=/a:/b", -ENOENT, NULL, NULL);
	shortened("lowerdir=/v/1:v/2", -ENOENT, NULL, NULL);
	shortened("lowerdir=/v/1\\:x:/v/2", -ENOENT, NULL, NULL);
	shortened("upperdir=/v/1,xlowerdir=/v/2", -ENOENT, NULL, NULL);
	shortened("", -ENOENT, NULL, NULL);
}

static void nothing_mounted_is_nothing_to_do(void)
{
	_cleanup_tmpdir_ struct tmpdir t = tmpdir_make();
	struct cleat_error err = { 0 };

	UNIT_OK(rootfs_unmount(t.path, true, &err), err);
	UNIT_OK(rootfs_unmount("/no/such/bundle", true, &err), err);
}

UNIT_MAIN("shim/mounts", UNIT_TEST(words_become_flags), UNIT_TEST(the_rest_is_the_filesystems),
	  UNIT_TEST(more_than_the_kernel_reads_is_refused),
	  UNIT_TEST(layers_are_named_from_what_they_share),
	  UNIT_TEST(nothing_mounted_is_nothing_to_do))
