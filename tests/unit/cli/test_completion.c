/* SPDX-License-Identifier: Apache-2.0 */
/* test_completion.c - bash accepts the code, and it offers what the table has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "cli/completion.h"
#include "support/unit.h"

/* Complete @line (its last word) in a real bash; the offers, one a line. */
static char *complete(const char *file, const char *line)
{
	char command[1024];
	char *out = NULL;
	size_t room = 0;
	FILE *bash = NULL;

	(void)snprintf(
		command, sizeof(command),
		"bash --norc -c 'compopt() { :; }; source %s; COMP_WORDS=(%s); "
		"COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _cleat; printf \"%%s\\n\" \"${COMPREPLY[@]}\"'",
		file, line);
	bash = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(bash);
	CU_ASSERT(getdelim(&out, &room, '\0', bash) > 0);
	CU_ASSERT_EQUAL(pclose(bash), 0);
	return out;
}

static void offers(const char *file, const char *line, const char *wanted)
{
	char *out = complete(file, line);

	if (!strstr(out, wanted))
		(void)fprintf(stderr, "completing '%s' gave '%s', not '%s'\n", line, out, wanted);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, wanted));
	free(out);
}

static void in_bash(void)
{
	_cleanup_text_ struct text text = { 0 };
	char path[] = "/tmp/cli-completion-XXXXXX";
	int fd = mkstemp(path);

	completion_bash(&text);
	CU_ASSERT_FALSE_FATAL(text.failed);
	CU_ASSERT_EQUAL(fd_write_all(fd, text.bytes, text.len), 0);
	offers(path, "cleat ru", "run\n");
	offers(path, "cleat image imp", "import\n");
	offers(path, "cleat --config x ima", "image\n");
	offers(path, "cleat run --mem", "--memory\n");
	offers(path, "cleat run --restart on-f", "on-failure:\n");
	offers(path, "cleat run --restart=on-f", "on-failure\n");
	offers(path, "cleat stop --sig", "--signal\n");
	offers(path, "cleat kill -s HU", "HUP\n");
	offers(path, "cleat help ver", "version\n");
	(void)close(fd);
	(void)unlink(path);
}

UNIT_MAIN("cli/completion", UNIT_TEST(in_bash))
