/* SPDX-License-Identifier: Apache-2.0 */
/* top_ps.c - what `ps OPTIONS` says about a container's processes: docker's `top`. */
#include "cli/top_ps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/fd.h"

enum { OUTPUT_MAX = 64 << 20 };

static void become_ps(char *const *options, int out)
{
	_cleanup_strings_ struct strings argv = { 0 };

	if (dup2(out, STDOUT_FILENO) < 0 || strings_add(&argv, "ps") < 0)
		_exit(127);
	for (; *options; options++)
		if (strings_add(&argv, *options) < 0)
			_exit(127);
	(void)execvp("ps", argv.item);
	(void)fprintf(stderr, "cleat top: cannot run ps: %s\n", strerror(errno));
	_exit(127);
}

static int run_ps(char *const *options, char **out, struct cleat_error *err)
{
	int pipes[2];
	int status = 0;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot run ps: %m");
	pid_t pid = fork();

	if (pid == 0)
		become_ps(options, pipes[1]);
	(void)close(pipes[1]);
	int r = pid < 0 ? cleat_fail(err, errno, "cannot run ps: %m")
			: fd_read_all(pipes[0], OUTPUT_MAX, out, NULL, "the output of ps", err);

	(void)close(pipes[0]);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (r == 0 && status != 0)
		r = cleat_fail(err, EINVAL, "ps did not like its options (exit status %d)",
			       WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return r;
}

/* The @n-th word of a line, or NULL. */
static const char *word(const char *line, int n)
{
	line += strspn(line, " \t");
	for (; *line && n > 0; n--) {
		line += strcspn(line, " \t");
		line += strspn(line, " \t");
	}
	return *line ? line : NULL;
}

/* Which word of the heading is PID; -1. */
static int find_pid(const char *heading)
{
	const char *at = NULL;

	for (int n = 0; (at = word(heading, n)); n++)
		if (strcspn(at, " \t") == 3 && text_starts(at, "PID"))
			return n;
	return -1;
}

static bool is_one(const char *line, int column, const uint32_t *pids, size_t n)
{
	const char *at = word(line, column);
	unsigned pid = 0;

	if (!at || sscanf(at, "%u", &pid) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

int top_ps(char *const *options, const uint32_t *pids, size_t n, struct cleat_error *err)
{
	_cleanup_free_ char *output = NULL;
	char *save = NULL;
	int r = run_ps(options, &output, err);
	char *line = r == 0 ? strtok_r(output, "\n", &save) : NULL;
	int column = line ? find_pid(line) : -1;

	if (r < 0)
		return r;
	if (column < 0)
		return cleat_fail(err, EINVAL,
				  "ps prints no column PID with these options: add pid to them");
	for (bool heading = true; line; line = strtok_r(NULL, "\n", &save), heading = false)
		if (heading || is_one(line, column, pids, n))
			(void)printf("%s\n", line);
	return 0;
}
