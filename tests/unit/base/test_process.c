/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "base/process.h"

#include <cleat/cleanup.h>

#include <signal.h>
#include <sys/wait.h>

static void a_zombie_is_gone(void)
{
	pid_t pid = fork();
	siginfo_t info;

	if (pid == 0)
		_exit(0);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	CU_ASSERT_EQUAL(process_start_time(pid), 0);
	CU_ASSERT_EQUAL(process_open(pid, 0), -ESRCH);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

static void start_time_guards_the_pid(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	uint64_t start = process_start_time(pid);

	CU_ASSERT(start > 0);
	CU_ASSERT_EQUAL(process_open(pid, start + 1), -ESRCH);
	_cleanup_close_ int fd = process_open(pid, start);

	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(process_wait(fd, 0), 0);
	CU_ASSERT_EQUAL(process_signal(fd, SIGKILL), 0);
	CU_ASSERT_EQUAL(process_wait(fd, 5000), 1);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

static pid_t start(int *out_pidfd, uint64_t *out_start)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	*out_start = process_start_time(pid);
	*out_pidfd = process_open(pid, *out_start);
	CU_ASSERT_FATAL(*out_pidfd >= 0);
	return pid;
}

static void the_ending_of_a_zombie_is_told(void)
{
	uint64_t start_time = 0;
	_cleanup_close_ int fd = -1;
	pid_t pid = start(&fd, &start_time);
	struct process_stat stat;
	int status = -1;

	CU_ASSERT_EQUAL(process_stat(pid, &stat), 0);
	CU_ASSERT_EQUAL(stat.parent, getpid());
	CU_ASSERT_EQUAL(stat.start_time, start_time);
	CU_ASSERT_EQUAL(process_ending(fd, pid, start_time, &status), -EAGAIN);
	(void)kill(pid, SIGTERM);
	CU_ASSERT_EQUAL(process_wait(fd, 5000), 1);
	CU_ASSERT_EQUAL(process_ending(fd, pid, start_time, &status), 0);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

/* What this kernel can tell of one that somebody else has reaped; and never a wrong status. */
static void the_ending_of_one_that_is_gone_is_told_or_unknown(void)
{
	uint64_t start_time = 0;
	_cleanup_close_ int fd = -1;
	pid_t pid = start(&fd, &start_time);
	int status = -1;

	(void)kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	int r = process_ending(fd, pid, start_time, &status);

	CU_ASSERT(r == -ENODATA || (r == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
}

UNIT_MAIN("process", UNIT_TEST(a_zombie_is_gone), UNIT_TEST(start_time_guards_the_pid),
	  UNIT_TEST(the_ending_of_a_zombie_is_told),
	  UNIT_TEST(the_ending_of_one_that_is_gone_is_told_or_unknown))
