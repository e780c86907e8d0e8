/* SPDX-License-Identifier: Apache-2.0 */
#include <cleat/cleanup.h>

#include "support/unit.h"

#include "image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void becomes(const char *given, const char *wanted)
{
	struct cleat_error err = { 0 };
	char *name = NULL;

	UNIT_OK(image_name_normalise(given, &name, &err), err);
	if (strcmp(name, wanted) != 0)
		(void)fprintf(stderr, "\n'%s' became '%s', wanted '%s'\n", given, name, wanted);
	CU_ASSERT_STRING_EQUAL(name, wanted);
	free(name);
}

static void refused(const char *given)
{
	struct cleat_error err = { 0 };
	char *name = NULL;
	int r = image_name_normalise(given, &name, &err);

	if (r != -EINVAL)
		(void)fprintf(stderr, "\n'%s' was not refused\n", given);
	CU_ASSERT_EQUAL(r, -EINVAL);
	CU_ASSERT_PTR_NULL(name);
}

static void tags(void)
{
	becomes("debian", "debian:latest");
	becomes("debian:bookworm", "debian:bookworm");
	becomes("a/b/c:1.0_x-Y", "a/b/c:1.0_x-Y");
	becomes("localhost:5000/x", "localhost:5000/x:latest");
	becomes("registry.example.com:443/team/app:v2", "registry.example.com:443/team/app:v2");
	becomes("a__b-c.d", "a__b-c.d:latest");
}

static void docker_hub_is_short(void)
{
	becomes("docker.io/library/debian:12", "debian:12");
	becomes("docker.io/me/app", "me/app:latest");
	/* without the host it would be another name (fuzz/image) */
	becomes("docker.io/library/docker.io/library/x",
		"docker.io/library/docker.io/library/x:latest");
}

static void digests(void)
{
	becomes("x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	refused("x@sha256:0123");
	refused("x@md5:0123456789abcdef0123456789abcdef");
}

static void what_is_no_name(void)
{
	static const char *const bad[] = { "",          ":",    ":tag",      "x:",   "X",
					   "Debian:12", "a//b", "/a",        "a/",   "../a",
					   "a/../b",    "a b",  "a:t g",     "a:.x", "a:-x",
					   "-a",        "a-",   "a..b",      ".a",   "a/.b",
					   "a:\n",      "a@",   "a\xc3\xa4", "a;b" };
	char longer[400];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i]);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	refused(longer);
	memcpy(longer, "a:", 2);
	longer[200] = '\0';
	refused(longer);
}

/* Found by fuzz/image: with ":latest" it was longer than the limit, and no name any more. */
static void the_longest_name_stays_one(void)
{
	struct cleat_error err = { 0 };
	_cleanup_free_ char *once = NULL;
	_cleanup_free_ char *twice = NULL;
	char longest[256];

	memset(longest, 'a', 255);
	longest[255] = '\0';
	UNIT_OK(image_name_normalise(longest, &once, &err), err);
	UNIT_OK(image_name_normalise(once, &twice, &err), err);
	CU_ASSERT_STRING_EQUAL(once, twice);
}

UNIT_MAIN("image names", UNIT_TEST(tags), UNIT_TEST(docker_hub_is_short), UNIT_TEST(digests),
	  UNIT_TEST(what_is_no_name), UNIT_TEST(the_longest_name_stays_one))
