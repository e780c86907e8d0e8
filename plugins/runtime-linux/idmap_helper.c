/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap_helper.c - newuidmap and newgidmap: more ids than one's own, for who has no privileges.
 *
 * They are setuid programs (Debian's package uidmap) that go by /etc/subuid and /etc/subgid. What
 * they print is the reason of a refusal, and goes into the error.
 */
#include "namespaces.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { NUMBER = sizeof("4294967295") };

/* PROGRAM PID INSIDE OUTSIDE SIZE...: pointers and their text in one block. */
static char **arguments(const char *program, pid_t pid, const struct plan_idmaps *maps)
{
	size_t n = 2 + 3 * maps->n;
	char **list = calloc(1, (n + 1) * sizeof(*list) + n * NUMBER);
	size_t used = 2;

	if (!list)
		return NULL;
	char *text = (char *)(list + n + 1);

	for (size_t i = 1; i < n; i++, text += NUMBER)
		list[i] = text;
	list[0] = (char *)(uintptr_t)program;
	(void)snprintf(list[1], NUMBER, "%d", (int)pid);
	for (size_t i = 0; i < maps->n; i++) {
		(void)snprintf(list[used++], NUMBER, "%u", maps->rows[i].inside);
		(void)snprintf(list[used++], NUMBER, "%u", maps->rows[i].outside);
		(void)snprintf(list[used++], NUMBER, "%u", maps->rows[i].size);
	}
	return list;
}

static int start(char **argv, int output, pid_t *out)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	for (int fd = 1; fd <= 2 && r == 0; fd++)
		r = posix_spawn_file_actions_adddup2(&actions, output, fd);
	if (r == 0)
		r = posix_spawnp(out, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* The first line of what comes until the end; the rest is drained, so that nobody gets stuck. */
static void read_words(int fd, char *words, size_t size)
{
	char rest[256];
	size_t used = 0;
	ssize_t n = 0;

	while ((n = read(fd, rest, sizeof(rest))) > 0 || (n < 0 && errno == EINTR)) {
		size_t room = size - 1 - used;
		size_t more = n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;

		memcpy(words + used, rest, more);
		used += more;
	}
	words[used] = '\0';
	words[strcspn(words, "\n")] = '\0';
}

int idmap_by_helper(const char *program, pid_t pid, const struct plan_idmaps *maps,
		    struct cleat_error *err)
{
	_cleanup_free_ char **argv = arguments(program, pid, maps);
	char words[256];
	int ends[2];
	pid_t helper = 0;
	int status = 0;

	if (!argv || pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run %s: %m", program);
	_cleanup_close_ int output = ends[0];
	int r = start(argv, ends[1], &helper);

	(void)close(ends[1]);
	if (r == -ENOENT)
		return cleat_fail(err, EPERM,
				  "cannot map other ids than one's own without %s; install it "
				  "(package uidmap), or map one id",
				  program);
	if (r < 0)
		return cleat_fail(err, -r, "cannot run %s: %m", program);
	read_words(output, words, sizeof(words));
	while ((r = waitpid(helper, &status, 0)) < 0 && errno == EINTR)
		;
	if (r < 0)
		return cleat_fail(err, errno, "cannot wait for %s: %m", program);
	if (status != 0)
		return cleat_fail(err, EPERM, "cannot map ids: %s",
				  *words ? words : "the helper failed without a word");
	return 0;
}
