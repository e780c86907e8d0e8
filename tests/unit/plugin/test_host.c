/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "support/unit.h"

#include "base/log.h"
#include "base/loop.h"
#include "plugin/host.h"

#include <cleat/plugin.h>

#include <sys/epoll.h>
#include <sys/stat.h>

static void records_survive_their_instance(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	struct cleat_host *host = host_new("io", "test", dir.path, NULL);
	struct stat st;
	void *data = NULL;
	size_t len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(host);
	CU_ASSERT_EQUAL(host->size, sizeof(*host));
	CU_ASSERT_EQUAL(host->abi, CLEAT_ABI);
	UNIT_FAILS(host->store_get(host, "key", &data, &len, &err), ENOENT, err, "key");
	UNIT_OK(host->store_put(host, "key", "a\0b", 3, &err), err);
	host_free(host);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "io/test", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
	CU_ASSERT_EQUAL(fstatat(dir.fd, "io/test/key", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	host = host_new("io", "test", dir.path, NULL);
	UNIT_OK(host->store_get(host, "key", &data, &len, &err), err);
	CU_ASSERT_EQUAL(len, 3);
	CU_ASSERT_EQUAL(memcmp(data, "a\0b", 3), 0);
	host->free(host, data);
	host_free(host);
}

static void record_names_stay_inside(void)
{
	static const char *const bad[] = { "",
					   ".",
					   "..",
					   "a/b",
					   "A",
					   "a b",
					   ("0123456789012345678901234567890123456789"
					    "0123456789012345678901234") };
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_host *host = host_new("io", "test", dir.path, NULL);
	struct cleat_error err = { 0 };
	void *data = NULL;
	size_t len = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		UNIT_FAILS(host->store_put(host, bad[i], "x", 1, &err), EINVAL, err,
			   "record's name");
		UNIT_FAILS(host->store_get(host, bad[i], &data, &len, &err), EINVAL, err,
			   "record's name");
	}
	host_free(host);
}

static void a_program_without_records_says_so(void)
{
	struct cleat_host *host = host_new("io", "test", NULL, NULL);
	struct cleat_error err = { 0 };
	struct cleat_watch *watch = NULL;

	CU_ASSERT_EQUAL(host->state_dir(host), -ENOTSUP);
	UNIT_FAILS(host->store_put(host, "k", "x", 1, &err), ENOTSUP, err, "io/test");
	UNIT_FAILS(host->watch_timer(host, 1, NULL, NULL, &watch, &err), ENOTSUP, err,
		   "no event loop");
	UNIT_FAILS(host->watch_fd(host, 0, EPOLLIN, NULL, NULL, &watch, &err), ENOTSUP, err,
		   "no event loop");
	host->unwatch(NULL);
	host->free(host, NULL);
	char *memory = host->alloc(host, 100);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	CU_ASSERT_EQUAL(memory[99], 0);
	host->free(host, memory);
	host_free(host);
	host_free(NULL);
}

static int fired;

static void fire(void *arg)
{
	fired++;
	(void)arg;
}

static void watches_are_the_loops(void)
{
	struct cleat_error err = { 0 };
	struct cleat_watch *watch = NULL;
	struct loop *loop = NULL;

	UNIT_OK(loop_new(&loop, &err), err);
	struct cleat_host *host = host_new("io", "test", NULL, loop);

	UNIT_OK(host->watch_timer(host, 1, fire, NULL, &watch, &err), err);
	(void)loop_step(loop, 1000000000ull);
	CU_ASSERT_EQUAL(fired, 1);
	host->unwatch(watch);
	host_free(host);
	loop_free(loop);
}

static void lines_name_the_plugin(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	int fd = openat(dir.fd, "log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct cleat_host *host = host_new("io", "test", NULL, NULL);
	char line[300] = "";

	log_to(fd);
	host->log(host, CLEAT_WARN, "it is %d", 42);
	log_to(STDERR_FILENO);
	CU_ASSERT_TRUE(pread(fd, line, sizeof(line) - 1, 0) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "io/test: it is 42\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "warn"));
	(void)close(fd);
	host_free(host);
}

UNIT_MAIN("plugin/host", UNIT_TEST(records_survive_their_instance),
	  UNIT_TEST(record_names_stay_inside), UNIT_TEST(a_program_without_records_says_so),
	  UNIT_TEST(watches_are_the_loops), UNIT_TEST(lines_name_the_plugin))
