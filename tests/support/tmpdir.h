/* SPDX-License-Identifier: Apache-2.0 */
/* tmpdir.h - a directory of a unit test's own, removed when the variable's scope ends. */
#ifndef TESTS_SUPPORT_TMPDIR_H
#define TESTS_SUPPORT_TMPDIR_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tmpdir {
	char path[64];
	int fd;
};

static inline void tmpdir_remove(struct tmpdir *t)
{
	char command[128];

	(void)close(t->fd);
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", t->path);
	if (system(command) != 0)
		(void)fprintf(stderr, "cannot remove '%s'\n", t->path);
}

#define _cleanup_tmpdir_ __attribute__((cleanup(tmpdir_remove)))

static inline struct tmpdir tmpdir_make(void)
{
	struct tmpdir t = { .path = "/tmp/cleat-unit-XXXXXX" };

	if (!mkdtemp(t.path))
		abort();
	t.fd = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t;
}

#endif
