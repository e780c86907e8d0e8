/* SPDX-License-Identifier: Apache-2.0 */
/* test_columns.c - tables line up, also empty ones. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/columns.h"
#include "support/unit.h"

static const char *const headings[] = { "ID", "NAME", NULL };

static void print_to(char *out, size_t room, struct columns *columns)
{
	struct cleat_error err = { 0 };
	char path[] = "/tmp/cli-columns-XXXXXX";
	int fd = mkstemp(path);
	int saved = dup(1);

	(void)fflush(stdout);
	(void)dup2(fd, 1);
	UNIT_OK(columns_print(columns, &err), err);
	(void)fflush(stdout);
	(void)dup2(saved, 1);
	memset(out, 0, room);
	CU_ASSERT(pread(fd, out, room - 1, 0) > 0);
	(void)close(saved);
	(void)close(fd);
	(void)unlink(path);
}

static void tables(void)
{
	struct columns *columns = columns_new(headings);
	struct cleat_error err = { 0 };
	const char *one[] = { "1234567", "a" };
	const char *two[] = { "1", NULL };
	char out[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(columns);
	print_to(out, sizeof(out), columns);
	CU_ASSERT_STRING_EQUAL(out, "ID   NAME\n");
	UNIT_OK(columns_add(columns, one, &err), err);
	UNIT_OK(columns_add(columns, two, &err), err);
	print_to(out, sizeof(out), columns);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "ID        NAME\n1234567   a\n1"));
	columns_free(columns);
}

static void strangers_text(void)
{
	char text[] = "a\033[31mb\nc\x7f";

	CU_ASSERT_STRING_EQUAL(columns_clean(text), "a?[31mb?c?");
	CU_ASSERT_PTR_NULL(columns_clean(NULL));
}

UNIT_MAIN("cli/columns", UNIT_TEST(tables), UNIT_TEST(strangers_text))
