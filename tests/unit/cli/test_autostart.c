/* SPDX-License-Identifier: Apache-2.0 */
/* test_autostart.c - the daemon's last words, and what it inherits; a daemon that does not start. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/process.h"
#include "cli/autostart.h"
#include "cli/daemon_child.h"
#include "support/unit.h"

static void last_line_is(const char *log, const char *wanted)
{
	struct arena arena = { 0 };

	CU_ASSERT_STRING_EQUAL(autostart_last_line(&arena, log, strlen(log)), wanted);
	arena_fini(&arena);
}

static void last_words(void)
{
	last_line_is("", "");
	last_line_is("\n\n", "");
	last_line_is("first\nsecond", "second");
	last_line_is("first\n2026-11-21T22:45:43.123456789Z error cleatd: cannot open 'x': no\n",
		     "cannot open 'x': no");
	last_line_is("2026-11-21T22:45:43Z error cleatd: store: it is: broken\n",
		     "store: it is: broken");
	last_line_is("an error happened: here\n", "an error happened: here");
	last_line_is("{\"level\":\"error\",\"program\":\"cleatd\",\"msg\":\"why\"}\n", "why");
}

static void environment(void)
{
	char *here[] = { "HOME=/root", "PATH=/bin", "CLEAT_X=1", "CLEAT_CONFIG=old",
			 "LANG=C",     "SECRET=1",  NULL };
	struct arena arena = { 0 };
	char **out = autostart_environment(&arena, here, "/new.ini");

	CU_ASSERT_STRING_EQUAL(out[0], "PATH=/bin");
	CU_ASSERT_STRING_EQUAL(out[1], "CLEAT_X=1");
	CU_ASSERT_STRING_EQUAL(out[2], "LANG=C");
	CU_ASSERT_STRING_EQUAL(out[3], "CLEAT_CONFIG=/new.ini");
	CU_ASSERT_PTR_NULL(out[4]);
	here[0] = NULL;
	out = autostart_environment(&arena, here, NULL);
	CU_ASSERT_EQUAL(strncmp(out[0], "PATH=/", 6), 0);
	CU_ASSERT_PTR_NULL(out[1]);
	arena_fini(&arena);
}

/* A child that tells what it has. */
static void a_child_keeps_nothing(void)
{
	char log[] = "/tmp/cli-child-XXXXXX";
	int fd = mkstemp(log);
	int leak = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */
	char *argv[] = {
		"sh", "-c",
		"pwd; umask; ls /proc/self/fd | wc -l; cat /proc/$$/stat | cut -d' ' -f4,6; echo done",
		NULL
	};
	char *env[] = { "PATH=/usr/bin:/bin", NULL };
	struct daemon_child child = {
		.program = "/bin/sh", .argv = argv, .environment = env, .log_fd = fd
	};
	struct cleat_error err = { 0 };
	char text[512] = "";
	pid_t pid = 0;

	UNIT_OK(daemon_child_start(&child, &pid, &err), err);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, WNOHANG), -1); /* not ours */
	int pidfd = process_open(pid, 0);

	if (pidfd >= 0)
		CU_ASSERT_EQUAL(process_wait(pidfd, 10000), 1);
	CU_ASSERT(pread(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_EQUAL(strncmp(text, "/\n0022\n4\n", 9), 0); /* 0 1 2 and ls's own */
	if (strncmp(text, "/\n0022\n4\n", 9) != 0)
		(void)fprintf(stderr, "child said: %s\n", text);
	(void)close(pidfd);
	(void)close(leak);
	(void)close(fd);
	(void)unlink(log);
}

static void an_exec_that_fails_is_told(void)
{
	char *argv[] = { "nosuch", NULL };
	struct daemon_child child = {
		.program = "/nosuch/cleatd", .argv = argv, .environment = argv + 1, .log_fd = 2
	};
	struct cleat_error err = { 0 };
	pid_t pid = 0;

	UNIT_FAILS(daemon_child_start(&child, &pid, &err), ENOENT, err,
		   "cannot execute '/nosuch/cleatd'");
}

UNIT_MAIN("cli/autostart", UNIT_TEST(last_words), UNIT_TEST(environment),
	  UNIT_TEST(a_child_keeps_nothing), UNIT_TEST(an_exec_that_fails_is_told))
