/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "shim/actions.h"
#include "shim/flags.h"

static struct flags parse(int n, const char **words)
{
	struct flags flags;

	flags_parse(n, (char **)(uintptr_t)words, &flags);
	return flags;
}
#define PARSE(...)                                                      \
	parse(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	      (const char *[]){ __VA_ARGS__ })

/* As containerd 1.6 writes it. */
static void what_containerd_sends(void)
{
	struct flags f =
		PARSE("shim", "-namespace", "k8s.io", "-address", "/run/c.sock", "-publish-binary",
		      "/usr/bin/containerd", "-id", "abc", "-bundle", "/b", "-debug", "delete");

	CU_ASSERT_STRING_EQUAL(f.namespace_, "k8s.io");
	CU_ASSERT_STRING_EQUAL(f.address, "/run/c.sock");
	CU_ASSERT_STRING_EQUAL(f.publish_binary, "/usr/bin/containerd");
	CU_ASSERT_STRING_EQUAL(f.id, "abc");
	CU_ASSERT_STRING_EQUAL(f.bundle, "/b");
	CU_ASSERT_TRUE(f.debug);
	CU_ASSERT_STRING_EQUAL(f.action, "delete");
}

static void the_ways_of_go(void)
{
	struct flags f =
		PARSE("shim", "--id=a", "-namespace=n", "--address", "x", "start", "-id", "not me");

	CU_ASSERT_STRING_EQUAL(f.id, "a");
	CU_ASSERT_STRING_EQUAL(f.namespace_, "n");
	CU_ASSERT_STRING_EQUAL(f.address, "x");
	CU_ASSERT_STRING_EQUAL(f.action, "start");
	CU_ASSERT_TRUE(PARSE("shim", "-v").version);
	CU_ASSERT_TRUE(PARSE("shim", "--version").version);
	CU_ASSERT_TRUE(PARSE("shim", "-info").info);
	CU_ASSERT_FALSE(PARSE("shim", "-debug=false", "start").debug);
}

static void strange_lines_are_survived(void)
{
	CU_ASSERT_STRING_EQUAL(PARSE("shim").action, "");
	CU_ASSERT_STRING_EQUAL(PARSE("shim", "-id").id, "");
	CU_ASSERT_STRING_EQUAL(PARSE("shim", "-new-flag", "-id", "a", "start").id, "a");
	CU_ASSERT_STRING_EQUAL(PARSE("shim", "-").action, "-");
	CU_ASSERT_STRING_EQUAL(PARSE("shim", "").action, "");
}

/* sha256("/tmp/x/c.sock/default/g1"), as the reference shim makes it. */
static void the_socket_is_a_hash(void)
{
	struct flags f = { .namespace_ = "default", .id = "g1", .address = "/tmp/x/c.sock" };
	char *foreign = socket_path(&f, false, NULL, NULL);
	char *own = socket_path(&f, true, NULL, NULL);
	const char *name = "/s/52ef7b595ffd36b80b047205e698f4613534351a1fd714188f358a502a06665f";

	CU_ASSERT_PTR_NOT_NULL_FATAL(foreign);
	CU_ASSERT_PTR_NOT_NULL_FATAL(own);
	CU_ASSERT_EQUAL(strncmp(foreign, "/run/containerd/s/", 18), 0);
	CU_ASSERT_EQUAL(strncmp(own, "/tmp/x/s/", 9), 0);
	CU_ASSERT_STRING_EQUAL(strrchr(own, '/'), strrchr(name, '/'));
	CU_ASSERT_STRING_EQUAL(strrchr(foreign, '/'), strrchr(name, '/'));
	free(foreign);
	free(own);
	/* of a group: whatever the id */
	f.id = "another";
	foreign = socket_path(&f, false, "/run/here", "g1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(foreign);
	CU_ASSERT_EQUAL(strncmp(foreign, "/run/here/", 10), 0);
	CU_ASSERT_STRING_EQUAL(strrchr(foreign, '/'), strrchr(name, '/'));
	free(foreign);
}

UNIT_MAIN("shim/flags", UNIT_TEST(what_containerd_sends), UNIT_TEST(the_ways_of_go),
	  UNIT_TEST(strange_lines_are_survived), UNIT_TEST(the_socket_is_a_hash))
