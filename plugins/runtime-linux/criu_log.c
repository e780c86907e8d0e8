/* SPDX-License-Identifier: Apache-2.0 */
/* criu_log.c - criu's log is long, and its last errors are the reason and what follows of it. */
#include "criu_log.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Append @line to @out, which keeps only what fits. */
static void add(char *out, size_t size, const char *line)
{
	size_t len = strlen(out);

	(void)snprintf(out + len, size - len, "%s%s", len > 0 ? "; " : "", line);
}

enum { KEPT = 3, LINE = 140 };

static bool find(FILE *file, char *out, size_t size)
{
	char last[KEPT][LINE] = { "" };
	char *line = NULL;
	size_t room = 0;
	size_t n = 0;

	rewind(file);
	while (getline(&line, &room, file) > 0) {
		/* "(00.012345) pid: Error (criu/file.c:12): text" */
		const char *at = strstr(line, "Error (");

		line[strcspn(line, "\n")] = '\0';
		if (at && !strstr(at, "FAILED."))
			(void)snprintf(last[n++ % KEPT], LINE, "%s", at + strlen("Error "));
	}
	free(line);
	for (size_t i = n > KEPT ? n - KEPT : 0; i < n; i++)
		add(out, size, last[i % KEPT]);
	return n > 0;
}

/* Takes @fd. */
static bool find_in(int fd, char *out, size_t size)
{
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	bool found = file && find(file, out, size);

	if (file)
		(void)fclose(file);
	else if (fd >= 0)
		(void)close(fd);
	return found;
}

void criu_log_errors(int dir, const char *name, int said, char *out, size_t size)
{
	*out = '\0';
	if (!find_in(openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), out, size))
		(void)find_in(fcntl(said, F_DUPFD_CLOEXEC, 3), out, size);
}
