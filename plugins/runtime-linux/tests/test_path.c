/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c - hostile trees: links up, out, around and to nothing. */
#include "path.h"
#include "syscalls.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

static char base[] = "/tmp/rt-unit-XXXXXX";
static int root = -1;

/* base/root is the tree, base/outside must stay empty. */
static void set_up(void)
{
	int dir = -1;

	if (root >= 0)
		return;
	if (!mkdtemp(base))
		abort();
	dir = open(base, O_PATH | O_DIRECTORY);
	if (dir < 0 || mkdirat(dir, "root", 0755) || mkdirat(dir, "outside", 0755))
		abort();
	root = openat(dir, "root", O_PATH | O_DIRECTORY);
	if (root < 0 || symlinkat("../outside", root, "up") || symlinkat(base, root, "out") ||
	    symlinkat("loop", root, "loop") || symlinkat("/made/by/link", root, "dangling") ||
	    symlinkat("/proc/self/root", root, "magic") || symlinkat("../../../../..", root, "top"))
		abort();
	(void)close(dir);
}

static bool is_inside(const char *path)
{
	char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/root/%s", base, path);
	return access(full, F_OK) == 0;
}

static bool outside_is_empty(void)
{
	char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/outside", base);
	if (rmdir(full) < 0) /* only an empty directory can go */
		return false;
	return mkdir(full, 0755) == 0;
}

static void made(const char *path, const char *where)
{
	int fd = path_make_directory(root, path, 0755);

	if (fd < 0)
		(void)fprintf(stderr, "\n%s: %s\n", path, strerror(-fd));
	CU_ASSERT(fd >= 0);
	if (fd >= 0)
		(void)close(fd);
	CU_ASSERT(is_inside(where));
	CU_ASSERT(outside_is_empty());
}

static void directories_stay_inside(void)
{
	set_up();
	made("/a/b/c", "a/b/c");
	made("a/b/d/", "a/b/d");
	made("//a/./e", "a/e");
	made("/a/../f", "f");
	made("/../../g", "g");
	made("/up/x", "outside/x"); /* the link's target, inside the root */
	made("/dangling/y", "made/by/link/y");
	made("/top/h/i", "h/i");
}

static void links_that_lead_nowhere_are_errors(void)
{
	set_up();
	CU_ASSERT_EQUAL(path_make_directory(root, "/loop/x", 0755), -ELOOP);
	CU_ASSERT(path_open(root, "/proc/self/root", O_PATH, 0) == -ENOENT);
	CU_ASSERT(path_open(root, "/up", O_PATH, RESOLVE_NO_SYMLINKS) == -ELOOP);
	CU_ASSERT(outside_is_empty());
}

static void magic_links_are_not_followed(void)
{
	int host = open("/", O_PATH | O_DIRECTORY);

	CU_ASSERT_EQUAL(path_open(host, "/proc/self/root/etc", O_PATH, 0), -ELOOP);
	CU_ASSERT_EQUAL(path_open(host, "/proc/self/cwd", O_PATH | O_DIRECTORY, 0), -ELOOP);
	(void)close(host);
}

static void files_are_made_empty_and_never_through_links(void)
{
	struct stat st;
	int fd = -1;

	set_up();
	fd = path_make_file(root, "/new/dir/file", 0640);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
	(void)close(fd);
	fd = path_make_file(root, "/up/file", 0640);
	CU_ASSERT(fd >= 0);
	(void)close(fd);
	CU_ASSERT(is_inside("outside/file"));
	CU_ASSERT(path_make_file(root, "/out", 0640) < 0); /* the link itself, to nothing inside */
	CU_ASSERT(path_make_file(root, "/new/..", 0640) >= 0);
	CU_ASSERT(outside_is_empty());
}

static void names_have_limits(void)
{
	char name[NAME_MAX + 8];
	char path[PATH_MAX + 8];

	set_up();
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CU_ASSERT_EQUAL(path_make_directory(root, name, 0755), -ENAMETOOLONG);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 2] = 'x';
	path[sizeof(path) - 1] = '\0';
	CU_ASSERT_EQUAL(path_make_directory(root, path, 0755), -ENAMETOOLONG);
}

static void nothing_is_left(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", base);
	CU_ASSERT_EQUAL(system(command), 0);
}

UNIT_MAIN("runtime-linux path", UNIT_TEST(directories_stay_inside),
	  UNIT_TEST(links_that_lead_nowhere_are_errors), UNIT_TEST(magic_links_are_not_followed),
	  UNIT_TEST(files_are_made_empty_and_never_through_links), UNIT_TEST(names_have_limits),
	  UNIT_TEST(nothing_is_left))
