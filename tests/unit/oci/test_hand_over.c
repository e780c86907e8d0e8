/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/hand_over.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/tmpdir.h"
#include "support/unit.h"

static int send_pid(const char *path, struct cleat_error *err)
{
	const struct arguments a = { .pid_file = path };
	struct hand_over sockets = HAND_OVER_NONE;
	struct cleat_process process = { .pid = 4711, .pidfd = -1, .console_fd = -1 };

	*err = (struct cleat_error){ 0 };
	return hand_over_send(&a, &sockets, &process, false, err);
}

/* R29: digits only, atomically, and a link is replaced, not followed. */
static void the_pid_file(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_free_ char *text = NULL;
	struct cleat_error err = { 0 };
	struct stat st;
	size_t len = 0;
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/pid", tmp.path);
	CU_ASSERT_EQUAL(symlinkat("victim", tmp.fd, "pid"), 0);
	UNIT_OK(send_pid(path, &err), err);
	UNIT_OK(fd_read_file(tmp.fd, "pid", 100, &text, &len, &err), err);
	CU_ASSERT_STRING_EQUAL(text, "4711");
	CU_ASSERT_EQUAL(fstatat(tmp.fd, "victim", &st, 0), -1);
	CU_ASSERT_EQUAL(mkdirat(tmp.fd, "dir", 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/dir", tmp.path);
	CU_ASSERT(send_pid(path, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "pid file"));
	(void)snprintf(path, sizeof(path), "%s/none/pid", tmp.path);
	UNIT_FAILS(send_pid(path, &err), ENOENT, err, "pid file");
}

static void who_may_have_a_console_socket(void)
{
	struct arguments a = { 0 };
	struct hand_over sockets = HAND_OVER_NONE;
	struct cleat_error err = { 0 };

	UNIT_OK(hand_over_connect(&a, false, true, &sockets, &err), err);
	UNIT_OK(hand_over_connect(&a, true, false, &sockets, &err), err);
	UNIT_FAILS(hand_over_connect(&a, true, true, &sockets, &err), EINVAL, err,
		   "without setting console socket");
	a.console_socket = "/no/such/socket";
	UNIT_FAILS(hand_over_connect(&a, true, false, &sockets, &err), EINVAL, err,
		   "will not detach");
	UNIT_FAILS(hand_over_connect(&a, false, true, &sockets, &err), EINVAL, err, "allocate tty");
	UNIT_FAILS(hand_over_connect(&a, true, true, &sockets, &err), ENOENT, err,
		   "/no/such/socket");
}

static void the_terminal_is_sent(void)
{
	_cleanup_tmpdir_ struct tmpdir tmp = tmpdir_make();
	_cleanup_hand_over_ struct hand_over sockets = HAND_OVER_NONE;
	_cleanup_close_ int terminal = open("/dev/null", O_RDWR | O_CLOEXEC);
	_cleanup_close_ int got = -1;
	struct cleat_process process = { .pid = 1, .pidfd = -1, .console_fd = terminal };
	struct cleat_error err = { 0 };
	struct stat st;
	char path[80];
	char payload[64];
	struct arguments a = { .console_socket = path };

	(void)snprintf(path, sizeof(path), "%s/socket", tmp.path);
	_cleanup_close_ int listener = fd_unix_listen(path, 0600, 1);

	CU_ASSERT_FATAL(listener >= 0);
	UNIT_OK(hand_over_connect(&a, true, true, &sockets, &err), err);
	UNIT_OK(hand_over_send(&a, &sockets, &process, false, &err), err);
	_cleanup_close_ int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	CU_ASSERT(fd_receive(peer, &got, payload, sizeof(payload)) > 0);
	CU_ASSERT_FATAL(got >= 0);
	CU_ASSERT_EQUAL(fstat(got, &st), 0);
	CU_ASSERT(S_ISCHR(st.st_mode));
}

UNIT_MAIN("oci hand over", UNIT_TEST(the_pid_file), UNIT_TEST(who_may_have_a_console_socket),
	  UNIT_TEST(the_terminal_is_sent))
