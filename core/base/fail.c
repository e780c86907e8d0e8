/* SPDX-License-Identifier: Apache-2.0 */
/* fail.c - see fail.h; an empty file unless the build is one for tests. */
#include "fail.h"

typedef int fail_points_are_compiled_in_or_not;

#ifdef CLEAT_FAIL_POINTS

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static void run(const char *name)
{
	const char *command = getenv("CLEAT_FAIL_RUN");

	(void)setenv("CLEAT_FAIL_POINT", name, 1);
	if (command && system(command) != 0)
		abort();
}

void fail_point(const char *name)
{
	const char *path = getenv("CLEAT_FAIL");
	char text[64] = "";
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	char *action = strchr(text, ' ');

	if (action)
		*action++ = '\0';
	if (strcmp(text, name) != 0)
		return;
	if (action && strcmp(action, "run") == 0)
		run(name);
	else if (unlink(path) == 0)
		(void)kill(getpid(), SIGKILL);
}

#endif
