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

UNIT_MAIN("process", UNIT_TEST(a_zombie_is_gone), UNIT_TEST(start_time_guards_the_pid))
