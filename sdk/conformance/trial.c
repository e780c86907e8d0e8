/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c - run one judge in a process of its own, with an empty directory and a limit of time. */
#include "trial.h"

#include "base/dir.h"
#include "base/process.h"

#include <cleat/cleanup.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { LIMIT_S = 30 };

int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);
	return n;
}

int trial_entries(const struct trial *trial)
{
	int fd = openat(trial->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int n = -2; /* "." and ".." */

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);
	return n;
}

static void run_child(struct trial *trial, judge *what, bool with_instance)
{
	const struct cleat_plugin *desc = &trial->subject->desc;
	struct cleat_error err = { 0 };

	(void)alarm(LIMIT_S);
	trial->witness = witness_new(desc->type, desc->name, NULL, trial->subject->loop);
	if (!trial->witness)
		_exit(3);
	if (with_instance && desc->init) {
		int r = desc->init(&trial->witness->table, trial->subject->settings, &trial->self,
				   &err);

		if (r < 0) {
			(void)expect_success(r, &err, "init");
			_exit(0);
		}
	}
	what(trial);
	if (with_instance && desc->fini)
		desc->fini(trial->self);
	if (with_instance)
		(void)expect(trial->witness->live == 0, "fini gives all memory back");
	(void)fflush(stdout);
	_exit(0);
}

static void tell(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		(void)expect(false, "it ends within %d s", LIMIT_S);
	else if (WIFSIGNALED(status))
		(void)expect(false, "it survives: killed by %s", strsignal(WTERMSIG(status)));
	else
		(void)expect(WEXITSTATUS(status) == 0, "it returns to its host (status %d)",
			     WEXITSTATUS(status));
}

void trial_run(const struct subject *subject, judge *what, bool with_instance)
{
	struct trial trial = { .subject = subject, .path = "/tmp/cleat-conformance-XXXXXX" };
	struct cleat_error err = { 0 };
	int status = 0;

	if (!mkdtemp(trial.path)) {
		(void)expect(false, "cannot make a directory in /tmp: %s", strerror(errno));
		return;
	}
	trial.dir = open(trial.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		run_child(&trial, what, with_instance);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		tell(status);
	else
		(void)expect(false, "cannot make a process");
	cleat_closep(&trial.dir);
	(void)dir_remove_tree(AT_FDCWD, trial.path, &err); /* what a bad plugin mounted stays */
}
