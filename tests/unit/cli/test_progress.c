/* SPDX-License-Identifier: Apache-2.0 */
/* test_progress.c - one line of progress. */
#include <string.h>

#include "base/clock.h"
#include "cli/progress.h"
#include "support/unit.h"

static void lines(void)
{
	char out[PROGRESS_TEXT];

	progress_line(out, 120, "reading", "debian.tar", 50000000, 100000000, 2 * NS_PER_S);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "reading"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "[###############---------------]  50%"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "50MB/100MB"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "25MB/s"));
	progress_line(out, 120, "reading", "-", 5, 0, 0);
	CU_ASSERT_PTR_NULL(strstr(out, "["));
	progress_line(out, 20, "reading", "debian.tar", 50, 100, 2 * NS_PER_S);
	CU_ASSERT(strlen(out) < 20);
	progress_line(out, 120, "reading", "x", 300, 100, NS_PER_S); /* more than promised */
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "100%"));
}

UNIT_MAIN("cli/progress", UNIT_TEST(lines))
