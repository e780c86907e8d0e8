/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/record.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

#include "support/tmpdir.h"
#include "support/unit.h"

static void write_text(int dir, const char *name, const char *text)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void what_is_written_is_read(void)
{
	static const char notes[] = "{\"a\":\"1\",\"empty\":\"\"}";
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	struct record got = { 0 };

	UNIT_OK(json_parse(notes, strlen(notes), &doc, &err), err);
	const struct record record = { .version = "1.0.2",
				       .bundle = "/b",
				       .rootfs = "/b/r",
				       .runtime = "linux",
				       .created_ns = 12345,
				       .owner = 1000,
				       .annotations = json_root(doc) };

	UNIT_OK(record_write(tmp.fd, &record, &err), err);
	UNIT_OK(record_read(tmp.fd, "c", &got, &err), err);
	CU_ASSERT_STRING_EQUAL(got.bundle, "/b");
	CU_ASSERT_STRING_EQUAL(got.runtime, "linux");
	CU_ASSERT_EQUAL(got.created_ns, 12345);
	CU_ASSERT_EQUAL(got.owner, 1000);
	CU_ASSERT_EQUAL(json_len(got.annotations), 2);
	record_fini(&got);
}

static void absent_and_damaged(void)
{
	static const char *const bad[] = { "{", "[]", "{}", "{\"bundle\":1}",
					   "{\"ociVersion\":\"1\",\"bundle\":\"/b\"}" };
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	struct cleat_error err = { 0 };
	struct record got = { 0 };

	CU_ASSERT_EQUAL(record_read(tmp.fd, "c", &got, &err), -ENOENT);
	/* what a power cut leaves of a file that nobody has synced */
	write_text(tmp.fd, "record.json", "");
	CU_ASSERT_EQUAL(record_read(tmp.fd, "c", &got, &err), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		write_text(tmp.fd, "record.json", bad[i]);
		UNIT_FAILS(record_read(tmp.fd, "c9", &got, &err), EINVAL, err, "c9");
	}
}

static void the_configuration_is_kept(void)
{
	static const char config[] = "{\"process\":{\"cwd\":\"/x\"}}";
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(record_config_write(tmp.fd, config, strlen(config), &err), err);
	UNIT_OK(record_config_read(tmp.fd, &doc, &err), err);
	CU_ASSERT_STRING_EQUAL(json_text(json_path(json_root(doc), "process.cwd")), "/x");
}

UNIT_MAIN("oci record", UNIT_TEST(what_is_written_is_read), UNIT_TEST(absent_and_damaged),
	  UNIT_TEST(the_configuration_is_kept))
