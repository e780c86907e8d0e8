/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/exec_process.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>

#include "support/tmpdir.h"
#include "support/unit.h"

static const char config[] =
	"{\"process\":{\"cwd\":\"/srv\",\"args\":[\"init\"],\"env\":[\"A=1\"],\"terminal\":true,"
	"\"user\":{\"uid\":1000,\"gid\":50,\"additionalGids\":[7]},\"apparmorProfile\":\"p\","
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],"
	"\"permitted\":[\"CAP_KILL\"]}}}";

static struct json_doc *made(const struct arguments *a)
{
	_cleanup_json_ struct json_doc *base = NULL;
	_cleanup_free_ char *text = NULL;
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(json_parse(config, strlen(config), &base, &err), err);
	UNIT_OK(exec_process_make(a, json_root(base), &text, &err), err);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	return doc;
}

static int64_t number(const struct json_doc *doc, const char *path)
{
	int64_t n = -1;

	(void)json_to_i64(json_path(json_root(doc), path), &n);
	return n;
}

static void the_containers_own_is_the_base(void)
{
	const struct arguments a = { .rest = (const char *const[]){ "id", "ls", "-l", NULL },
				     .nrest = 3 };
	_cleanup_json_ struct json_doc *doc = made(&a);
	const struct json *p = json_root(doc);

	CU_ASSERT_EQUAL(json_len(json_get(p, "args")), 2);
	CU_ASSERT_STRING_EQUAL(json_text(json_get(p, "cwd")), "/srv");
	CU_ASSERT_FALSE(json_is_true(json_get(p, "terminal")));
	CU_ASSERT_EQUAL(number(doc, "user.uid"), 1000);
	CU_ASSERT_EQUAL(number(doc, "user.gid"), 50);
	CU_ASSERT_EQUAL(json_len(json_path(p, "user.additionalGids")), 1);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.effective")), 1);
	CU_ASSERT_STRING_EQUAL(json_text(json_get(p, "apparmorProfile")), "p");
}

static void flags_win(void)
{
	struct arguments a = { .rest = (const char *const[]){ "id", "ls", NULL },
			       .nrest = 2,
			       .user = "0:0",
			       .cwd = "/",
			       .apparmor = "q",
			       .tty = true,
			       .no_new_privs = true };
	(void)strings_add(&a.env, "A=2");
	(void)strings_add(&a.groups, "9");
	(void)strings_add(&a.capabilities, "net_raw");
	_cleanup_json_ struct json_doc *doc = made(&a);
	const struct json *p = json_root(doc);

	CU_ASSERT_EQUAL(json_len(json_get(p, "env")), 1);
	CU_ASSERT_EQUAL(number(doc, "user.uid"), 0);
	CU_ASSERT_EQUAL(json_len(json_path(p, "user.additionalGids")), 2);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.bounding")), 2);
	CU_ASSERT_STRING_EQUAL(json_text(json_at(json_path(p, "capabilities.permitted"), 1)),
			       "CAP_NET_RAW");
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.inheritable")), 0);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.ambient")), 0);
	CU_ASSERT_STRING_EQUAL(json_text(json_get(p, "apparmorProfile")), "q");
	CU_ASSERT(json_is_true(json_get(p, "noNewPrivileges")));
	CU_ASSERT(json_is_true(json_get(p, "terminal")));
	arguments_fini(&a);
}

/* U8 of security.md: 1 must not be read as 0. */
static void every_uid_is_itself(void)
{
	static const struct {
		const char *text;
		int64_t uid, gid;
	} cases[] = { { "0", 0, 50 },         { "1", 1, 50 },         { "9", 9, 50 },
		      { "10", 10, 50 },       { "65534", 65534, 50 }, { "1:1", 1, 1 },
		      { "65534:9", 65534, 9 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct arguments a = { .rest = (const char *const[]){ "id", "ls", NULL },
					     .nrest = 2,
					     .user = cases[i].text };
		_cleanup_json_ struct json_doc *doc = made(&a);

		CU_ASSERT_EQUAL(number(doc, "user.uid"), cases[i].uid);
		CU_ASSERT_EQUAL(number(doc, "user.gid"), cases[i].gid);
	}
}

static void bad_flags(void)
{
	_cleanup_free_ char *text = NULL;
	struct cleat_error err = { 0 };
	struct arguments a = { .rest = (const char *const[]){ "id", NULL }, .nrest = 1 };

	UNIT_FAILS(exec_process_make(&a, NULL, &text, &err), EINVAL, err, "give a command");
	a.rest = (const char *const[]){ "id", "ls", NULL };
	a.nrest = 2;
	a.user = "4294967296";
	UNIT_FAILS(exec_process_make(&a, NULL, &text, &err), EINVAL, err, "4294967296");
	a.user = NULL;
	(void)strings_add(&a.capabilities, "NET_ROW");
	UNIT_FAILS(exec_process_make(&a, NULL, &text, &err), EINVAL, err, "CAP_NET_RAW");
	arguments_fini(&a);
}

static void from_a_file(void)
{
	static const char process[] = "{\"terminal\":true,\"args\":[\"x\"]}";
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_free_ char *text = NULL;
	struct cleat_error err = { 0 };
	bool terminal = false;
	char path[80];
	struct arguments a = { .process = path };

	(void)snprintf(path, sizeof(path), "%s/process.json", tmp.path);
	CU_ASSERT_EQUAL(exec_process_read(&a, &text, &terminal, &err), -ENOENT);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(write(fd, process, strlen(process)), (ssize_t)strlen(process));
	UNIT_OK(exec_process_read(&a, &text, &terminal, &err), err);
	CU_ASSERT(terminal);
	CU_ASSERT_STRING_EQUAL(text, process);
	CU_ASSERT_EQUAL(ftruncate(fd, 5), 0);
	UNIT_FAILS(exec_process_read(&a, &text, &terminal, &err), EINVAL, err, "process.json");
}

UNIT_MAIN("oci exec process", UNIT_TEST(the_containers_own_is_the_base), UNIT_TEST(flags_win),
	  UNIT_TEST(every_uid_is_itself), UNIT_TEST(bad_flags), UNIT_TEST(from_a_file))
