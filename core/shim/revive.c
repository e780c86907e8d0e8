/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revive.c - start cleatd when it is away and a container of ours wants to come back.
 *
 * Whether it does is the daemon's decision; without a daemon it would never be made. Only after the
 * exit record is on disk, and with a back-off that ends at a minute.
 */
#include "shim.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/install.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "publish.h"

extern char **environ;

static bool somebody_wants_back(const struct shim *shim)
{
	for (const struct task *task = shim->tasks; task; task = task->next)
		if (task->restarts && task->init.announced)
			return true;
	return false;
}

/* What autostart by the client leaves: PATH, LANG and our own names. */
static int environment(struct strings *out)
{
	int r = 0;

	for (char **e = environ; r == 0 && *e; e++)
		if (text_starts(*e, "PATH=") || text_starts(*e, "LANG=") ||
		    text_starts(*e, "CLEAT_"))
			r = strings_add(out, *e);
	return r;
}

static void become_daemon(const char *program, const char *log, char **env)
{
	char *argv[] = { (char *)(uintptr_t) "cleatd", NULL };
	sigset_t none;

	(void)setsid();
	if (fork() != 0)
		_exit(0);
	int null = open("/dev/null", O_RDWR);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(fd == 2 && out >= 0 ? out : null, fd);
	(void)close_range(3, ~0u, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)umask(022);
	if (chdir("/") == 0)
		(void)execve(program, argv, env);
	_exit(127);
}

static void start_daemon(const struct shim *shim)
{
	_cleanup_strings_ struct strings env = { 0 };
	_cleanup_free_ char *log = text_format("%s/cleatd.log", shim->config->cleat.state);
	struct cleat_error err = { 0 };
	char program[PATH_MAX];

	if (!log || environment(&env) < 0)
		return;
	if (install_program("cleatd", program, sizeof(program), &err) < 0) {
		log_line(CLEAT_WARN, "cannot start cleatd: %s", err.text);
		return;
	}
	/* As a subreaper we would become its parent; it should be init's. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	pid_t pid = fork();

	if (pid == 0)
		become_daemon(program, log, env.item);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	log_line(CLEAT_INFO, "cleatd was away: started '%s'", program);
}

static void look_again(void *arg)
{
	struct shim *shim = arg;

	loop_unwatchp(&shim->revive);
	publisher_kick(shim->publisher); /* calls revive_daemon when the daemon is still away */
}

void revive_daemon(void *arg)
{
	struct shim *shim = arg;
	struct cleat_error err = { 0 };
	uint64_t delay = NS_PER_S << (shim->revivals > 6 ? 6 : shim->revivals);

	if (!shim->engine || shim->revive || !publisher_is_behind(shim->publisher) ||
	    !somebody_wants_back(shim))
		return;
	start_daemon(shim);
	shim->revivals++;
	(void)loop_watch_timer(shim->loop, delay, look_again, shim, &shim->revive, &err);
}
