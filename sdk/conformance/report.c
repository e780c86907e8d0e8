/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - observations as TAP lines; the counts are shared with the processes that judges run in. */
#include "report.h"

#include "subject.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

static struct counts {
	int ran, failed;
} * counts;

bool report_open(void)
{
	void *shared = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	counts = shared == MAP_FAILED ? NULL : shared;
	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* several processes write */
	return counts != NULL;
}

int report_close(void)
{
	(void)printf("1..%d\n", counts->ran);
	if (counts->failed)
		(void)printf("# %d of %d failed\n", counts->failed, counts->ran);
	return counts->ran > 0 && counts->failed == 0 ? 0 : 1;
}

bool expect(bool held, const char *what, ...)
{
	char text[700];
	va_list args;

	va_start(args, what);
	(void)vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	counts->ran++;
	counts->failed += !held;
	(void)printf("%s %d - %s\n", held ? "ok" : "not ok", counts->ran, text);
	return held;
}

bool expect_failure(int result, const struct cleat_error *err, const char *what)
{
	if (result >= 0)
		return expect(false, "%s: it must fail, but answered %d", what, result);
	if (err->errnum != -result)
		return expect(false, "%s: it returned %d with errno %d in its error", what, result,
			      err->errnum);
	return expect(err->text[0] != '\0', "%s: fails with a sentence", what);
}

bool expect_success(int result, const struct cleat_error *err, const char *what)
{
	if (result < 0)
		return expect(false, "%s: %s", what, err->text[0] ? err->text : "no sentence");
	return expect(true, "%s", what);
}

void skip(const char *what, const char *why)
{
	counts->ran++;
	(void)printf("ok %d - %s # SKIP %s\n", counts->ran, what, why);
}
