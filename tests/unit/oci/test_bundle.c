/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/bundle.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "support/tmpdir.h"
#include "support/unit.h"

#define HEAD "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"}"

static void config_is(const struct tmpdir *tmp, const char *text)
{
	_cleanup_close_ int fd =
		openat(tmp->fd, "config.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void a_good_bundle(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_bundle_ struct bundle bundle = BUNDLE_NONE;
	struct arguments a = { .bundle = tmp.path };
	struct cleat_error err = { 0 };
	char rootfs[80];

	config_is(&tmp, HEAD ",\"process\":{\"terminal\":true,\"cwd\":\"/\",\"args\":[\"x\"]}}");
	UNIT_OK(bundle_open(&a, &bundle, &err), err);
	CU_ASSERT(bundle.terminal);
	(void)snprintf(rootfs, sizeof(rootfs), "%s/r", tmp.path);
	CU_ASSERT_STRING_EQUAL(bundle.rootfs, rootfs);
}

static void bad_bundles(void)
{
	static const char *const bad[] = { "",
					   "[",
					   HEAD "} x",
					   "{\"ociVersion\":\"2.0.0\"}",
					   HEAD ",\"root\":{}}",
					   "\xef\xbb\xbf" HEAD "}" };
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	struct arguments a = { .bundle = tmp.path };
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_bundle_ struct bundle bundle = BUNDLE_NONE;

		config_is(&tmp, bad[i]);
		CU_ASSERT_EQUAL(bundle_open(&a, &bundle, &err), -EINVAL);
	}
}

/* R20: what stands in the place of the file must not hang or surprise us. */
static void no_regular_file(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_bundle_ struct bundle absent = BUNDLE_NONE;
	_cleanup_bundle_ struct bundle fifo = BUNDLE_NONE;
	_cleanup_bundle_ struct bundle nowhere = BUNDLE_NONE;
	struct arguments a = { .bundle = tmp.path };
	struct cleat_error err = { 0 };

	UNIT_FAILS(bundle_open(&a, &absent, &err), ENOENT, err, "config.json");
	CU_ASSERT_EQUAL(mkfifoat(tmp.fd, "config.json", 0600), 0);
	UNIT_FAILS(bundle_open(&a, &fifo, &err), EINVAL, err, "regular file");
	a.bundle = "/no/such/bundle";
	UNIT_FAILS(bundle_open(&a, &nowhere, &err), ENOENT, err, "/no/such/bundle");
}

static void environment_is_added(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_bundle_ struct bundle bundle = BUNDLE_NONE;
	_cleanup_json_ struct json_doc *doc = NULL;
	struct arguments a = { .bundle = tmp.path };
	struct cleat_error err = { 0 };

	config_is(&tmp, HEAD ",\"process\":{\"env\":[\"A=1\"],\"cwd\":\"/\",\"args\":[\"x\"]},"
			     "\"hostname\":\"\"}");
	UNIT_OK(bundle_open(&a, &bundle, &err), err);
	UNIT_OK(bundle_add_env(&bundle, (const char *const[]){ "B=2", NULL }, &err), err);
	UNIT_OK(json_parse(bundle.config, bundle.config_len, &doc, &err), err);
	const struct json *env = json_path(json_root(doc), "process.env");

	CU_ASSERT_EQUAL(json_len(env), 2);
	CU_ASSERT_STRING_EQUAL(json_text(json_at(env, 1)), "B=2");
	CU_ASSERT_EQUAL(json_len(json_path(json_root(doc), "process.args")), 1);
	CU_ASSERT_STRING_EQUAL(json_text(json_path(json_root(doc), "root.path")), "r");
}

UNIT_MAIN("oci bundle", UNIT_TEST(a_good_bundle), UNIT_TEST(bad_bundles),
	  UNIT_TEST(no_regular_file), UNIT_TEST(environment_is_added))
