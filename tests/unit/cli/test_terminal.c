/* SPDX-License-Identifier: Apache-2.0 */
/* test_terminal.c - raw and back, on a real pseudo-terminal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "support/unit.h"

static int open_pair(int *out_slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	CU_ASSERT(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	*out_slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CU_ASSERT_FATAL(*out_slave >= 0);
	return master;
}

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag &&
	       a->c_cflag == b->c_cflag;
}

/* In a child, since fd 0 is the terminal: leave by @how; the parent looks at the terminal. */
static void is_restored_after(void (*how)(void))
{
	struct termios before;
	struct termios after;
	int slave = -1;
	int master = open_pair(&slave);
	int status = 0;
	pid_t pid = -1;

	CU_ASSERT_EQUAL(tcgetattr(slave, &before), 0);
	pid = fork();
	if (pid == 0) {
		struct cleat_error err = { 0 };
		struct termios raw;

		(void)dup2(slave, 0);
		if (terminal_raw(&err) < 0 || tcgetattr(0, &raw) < 0 || same(&raw, &before))
			_exit(9);
		how();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	CU_ASSERT_EQUAL(tcgetattr(slave, &after), 0);
	CU_ASSERT_TRUE(same(&before, &after));
	(void)close(slave);
	(void)close(master);
}

static void by_exit(void)
{
	exit(0);
}

static void by_abort(void)
{
	abort();
}

static void by_crash(void)
{
	(void)raise(SIGSEGV);
}

static void every_way_out(void)
{
	is_restored_after(terminal_restore);
	is_restored_after(by_exit);
	is_restored_after(by_abort);
	is_restored_after(by_crash);
}

static void no_terminal(void)
{
	struct cleat_error err = { 0 };
	int saved = dup(0);
	int null = open("/dev/null", O_RDONLY);

	(void)dup2(null, 0);
	UNIT_FAILS(terminal_check(true, true, &err), EINVAL, err, "not a TTY");
	CU_ASSERT_EQUAL(terminal_check(true, false, &err), 0);
	CU_ASSERT_EQUAL(terminal_raw(&err), 0);
	terminal_restore();
	(void)dup2(saved, 0);
	(void)close(saved);
	(void)close(null);
}

static void size(void)
{
	struct winsize wanted = { .ws_row = 33, .ws_col = 101 };
	uint32_t rows = 0;
	uint32_t columns = 0;
	int slave = -1;
	int master = open_pair(&slave);
	int saved = dup(1);

	CU_ASSERT_EQUAL(ioctl(master, TIOCSWINSZ, &wanted), 0);
	(void)fflush(stdout);
	(void)dup2(slave, 1);
	terminal_size(&rows, &columns);
	(void)dup2(saved, 1);
	CU_ASSERT_EQUAL(rows, 33);
	CU_ASSERT_EQUAL(columns, 101);
	(void)close(saved);
	(void)close(slave);
	(void)close(master);
}

UNIT_MAIN("cli/terminal", UNIT_TEST(every_way_out), UNIT_TEST(no_terminal), UNIT_TEST(size))
