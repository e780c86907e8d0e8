/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/fd.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void descriptors_travel(void)
{
	int pair[2];
	int pipes[2];
	char byte = 0;
	int got = -1;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL(fd_send(pair[0], pipes[1], "x", 1), 0);
	CU_ASSERT_EQUAL(fd_receive(pair[1], &got, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'x');
	CU_ASSERT(got >= 0);
	CU_ASSERT_EQUAL(fcntl(got, F_GETFD), FD_CLOEXEC);
	CU_ASSERT_EQUAL(fd_write_all(got, "abc", 3), 0);
	char text[4] = "";

	CU_ASSERT_EQUAL(read(pipes[0], text, 3), 3);
	CU_ASSERT_STRING_EQUAL(text, "abc");
	for (int i = 0; i < 2; i++) {
		(void)close(pair[i]);
		(void)close(pipes[i]);
	}
	(void)close(got);
}

static void files_have_a_limit(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_close_ int fd = openat(dir.fd, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	_cleanup_free_ char *data = NULL;
	struct cleat_error err = { 0 };
	size_t len = 0;

	CU_ASSERT_EQUAL(fd_write_all(fd, "hello", 5), 0);
	UNIT_OK(fd_read_file(dir.fd, "f", 5, &data, &len, &err), err);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_STRING_EQUAL(data, "hello");
	char *more = NULL;

	UNIT_FAILS(fd_read_file(dir.fd, "f", 4, &more, &len, &err), EFBIG, err, "limit of 4");
	CU_ASSERT_PTR_NULL(more);
}

static void only_regular_files_are_read(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	char *data = NULL;

	CU_ASSERT_EQUAL(mkfifoat(dir.fd, "fifo", 0600), 0);
	CU_ASSERT_EQUAL(symlinkat("/etc/passwd", dir.fd, "link"), 0);
	UNIT_FAILS(fd_read_file(dir.fd, "fifo", 99, &data, NULL, &err), EINVAL, err, "regular");
	UNIT_FAILS(fd_read_file(dir.fd, "link", 99, &data, NULL, &err), ELOOP, err, "link");
	UNIT_FAILS(fd_read_file(dir.fd, "none", 99, &data, NULL, &err), ENOENT, err, "none");
}

static void long_socket_paths_work(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	char path[300];
	char name[121];
	struct stat st;

	memset(name, 'd', 120);
	name[120] = '\0';
	CU_ASSERT_EQUAL(mkdirat(dir.fd, name, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/%s/sock", dir.path, name);
	_cleanup_close_ int listener = fd_unix_listen(path, 0600, 4);

	CU_ASSERT(listener >= 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	_cleanup_close_ int client = fd_unix_connect(path);

	CU_ASSERT(client >= 0);
}

UNIT_MAIN("fd", UNIT_TEST(descriptors_travel), UNIT_TEST(files_have_a_limit),
	  UNIT_TEST(only_regular_files_are_read), UNIT_TEST(long_socket_paths_work))
