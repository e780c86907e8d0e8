/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

static const char config[] =
	"{\"process\":{\"cwd\":\"/srv\",\"env\":[\"A=1\",\"B=2\"],\"noNewPrivileges\":true,"
	"\"user\":{\"uid\":1000,\"gid\":50,\"additionalGids\":[50,7]},"
	"\"oomScoreAdj\":5,\"args\":[\"x\"],"
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\",\"CAP_FUTURE\"]}}}";

static struct json_doc *exec_of(const struct spec_exec *exec)
{
	struct cleat_error err = { 0 };
	struct json_doc *doc = NULL;
	_cleanup_free_ char *text = NULL;

	UNIT_OK(spec_exec_process(config, exec, &text, &err), err);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	return doc;
}

static void it_inherits_from_the_container(void)
{
	struct spec_exec exec = { .args = LIST("id") };
	_cleanup_json_ struct json_doc *doc = exec_of(&exec);
	const struct json *p = json_root(doc);

	CU_ASSERT_STRING_EQUAL(text_at(p, "cwd"), "/srv");
	CU_ASSERT_EQUAL(number_at(p, "user.uid"), 1000);
	CU_ASSERT_EQUAL(json_len(json_path(p, "user.additionalGids")), 2);
	CU_ASSERT_EQUAL(json_len(json_get(p, "env")), 2);
	CU_ASSERT(json_is_true(json_get(p, "noNewPrivileges")));
	CU_ASSERT_EQUAL(number_at(p, "oomScoreAdj"), 5);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.bounding")), 2);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.effective")), 0);
	CU_ASSERT_FALSE(json_is_true(json_get(p, "terminal")));
}

static void another_user_and_place(void)
{
	struct spec_exec exec = { .args = LIST("id"),
				  .user = "0",
				  .cwd = "/tmp",
				  .env = LIST("B=3"),
				  .terminal = true,
				  .rows = 24,
				  .columns = 80 };
	_cleanup_json_ struct json_doc *doc = exec_of(&exec);
	const struct json *p = json_root(doc);

	CU_ASSERT_STRING_EQUAL(text_at(p, "cwd"), "/tmp");
	CU_ASSERT_EQUAL(number_at(p, "user.uid"), 0);
	CU_ASSERT(contains(json_get(p, "env"), "B=3"));
	CU_ASSERT(contains(json_get(p, "env"), "TERM=xterm"));
	CU_ASSERT(!contains(json_get(p, "env"), "B=2"));
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.effective")), 2);
	CU_ASSERT_EQUAL(json_len(json_path(p, "capabilities.inheritable")), 0);
	CU_ASSERT_EQUAL(number_at(p, "consoleSize.width"), 80);
}

static void privileged_gets_more(void)
{
	struct spec_exec exec = { .args = LIST("id"), .user = "0", .privileged = true };
	_cleanup_json_ struct json_doc *doc = exec_of(&exec);

	CU_ASSERT(json_len(json_path(json_root(doc), "capabilities.bounding")) > 2);
}

static void bad_input(void)
{
	struct cleat_error err = { 0 };
	_cleanup_free_ char *text = NULL;
	struct spec_exec exec = { 0 };

	UNIT_FAILS(spec_exec_process(config, &exec, &text, &err), EINVAL, err, "no command");
	exec.args = LIST("sh");
	exec.cwd = "tmp";
	UNIT_FAILS(spec_exec_process(config, &exec, &text, &err), EINVAL, err, "'tmp'");
	exec.cwd = NULL;
	exec.user = "99999999999";
	UNIT_FAILS(spec_exec_process(config, &exec, &text, &err), EINVAL, err, "99999999999");
	UNIT_FAILS(spec_exec_process("{", &exec, &text, &err), EINVAL, err, "config.json");
}

UNIT_MAIN("spec exec", UNIT_TEST(it_inherits_from_the_container), UNIT_TEST(another_user_and_place),
	  UNIT_TEST(privileged_gets_more), UNIT_TEST(bad_input))
