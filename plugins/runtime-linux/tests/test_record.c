/* SPDX-License-Identifier: Apache-2.0 */
/* test_record.c - what is written is read; what is damaged or strange is refused. */
#include "hooks_state.h"
#include "process_id.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/unit.h"

static struct cleat_error err;
static char base[] = "/tmp/rt-unit-XXXXXX";
static int dir = -1;

static void set_up(void)
{
	if (dir >= 0)
		return;
	dir = mkdtemp(base) ? open(base, O_RDONLY | O_DIRECTORY) : -1;
	if (dir < 0)
		abort();
}

static void put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	(void)close(fd);
}

static void what_is_written_is_read(void)
{
	struct record one = { 0 };
	struct record two = { 0 };

	set_up();
	UNIT_OK(record_init(&one, "id-1", "/b/\"quoted\"", "/cg/id-1", &err), err);
	one.pid = 42;
	one.start_time = 1ULL << 60;
	one.chrooted = true;
	UNIT_OK(record_write(&one, dir, &err), err);
	UNIT_OK(record_read(&two, dir, "id-1", &err), err);
	CU_ASSERT_EQUAL(two.pid, 0);
	record_fini(&two);
	UNIT_OK(record_write_init(&one, dir, &err), err);
	UNIT_OK(record_read(&two, dir, "id-1", &err), err);
	CU_ASSERT_STRING_EQUAL(two.bundle, one.bundle);
	CU_ASSERT_STRING_EQUAL(two.cgroup, "/cg/id-1");
	CU_ASSERT(two.pid == 42 && two.start_time == 1ULL << 60 && two.chrooted);
	CU_ASSERT_EQUAL(two.created_ns, one.created_ns);
	CU_ASSERT(record_is_of_this_boot(&two));
	(void)snprintf(two.boot_id, sizeof(two.boot_id), "another");
	CU_ASSERT_FALSE(record_is_of_this_boot(&two));
	record_fini(&two);
	CU_ASSERT(record_read(&two, dir, "id-2", &err) < 0);
	record_fini(&two);
	record_fini(&one);
}

static void damage_is_an_error(void)
{
	static const char *const bad[] = { "",
					   "{",
					   "[]",
					   "{\"id\":7}",
					   "{\"id\":\"x\",\"pid\":99999999999}",
					   "{\"id\":\"x\",\"pid\":-1}" };

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct record record = { 0 };

		put(RECORD_FILE, bad[i]);
		CU_ASSERT(record_read(&record, dir, "x", &err) < 0);
		record_fini(&record);
	}
}

static void a_damaged_init_is_an_error(void)
{
	static const char *const bad[] = { "7",     "x 7",          "-1 7",
					   "0 7",   "2147483648 7", "7 18446744073709551616",
					   "7 8 9", "7 ",           "/" };

	set_up();
	put(RECORD_FILE, "{\"id\":\"x\"}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct record record = { 0 };

		(void)unlinkat(dir, INIT_LINK, 0);
		CU_ASSERT_EQUAL(symlinkat(bad[i], dir, INIT_LINK), 0);
		UNIT_FAILS(record_read(&record, dir, "x", &err), EINVAL, err, bad[i]);
		record_fini(&record);
	}
	(void)unlinkat(dir, INIT_LINK, 0);
}

static void the_configuration_is_kept_once(void)
{
	char *text = NULL;
	size_t len = 0;

	set_up();
	UNIT_OK(record_write_config(dir, "{}", 2, &err), err);
	CU_ASSERT_EQUAL(record_write_config(dir, "{}", 2, &err), -EEXIST);
	UNIT_OK(record_read_config(dir, &text, &len, &err), err);
	CU_ASSERT(len == 2 && strcmp(text, "{}") == 0);
	free(text);
}

static void removal_is_complete_and_repeatable(void)
{
	struct record record = { 0 };

	set_up();
	UNIT_OK(record_remove(&record, dir, &err), err);
	UNIT_OK(record_remove(&record, dir, &err), err);
	CU_ASSERT_EQUAL(record_read(&record, dir, "x", &err), -ENOENT);
	CU_ASSERT_STRING_EQUAL(err.text, "container does not exist");
	CU_ASSERT_EQUAL(rmdir(base), 0);
}

static void a_process_is_a_number_and_a_time(void)
{
	uint64_t start = process_id_start_time(getpid(), NULL);
	int fd = process_id_open(getpid(), start);

	CU_ASSERT(start > 0);
	CU_ASSERT(fd >= 0);
	(void)close(fd);
	CU_ASSERT_EQUAL(process_id_open(getpid(), start + 1), -ESRCH);
}

static void a_zombie_is_nobody(void)
{
	pid_t pid = fork();
	char state = 0;

	if (pid == 0)
		_exit(0);
	for (int i = 0; i < 1000000 && state != 'Z'; i++)
		(void)process_id_start_time(pid, &state);
	CU_ASSERT_EQUAL(state, 'Z');
	CU_ASSERT_EQUAL(process_id_open(pid, process_id_start_time(pid, NULL)), -ESRCH);
}

static void hooks_learn_their_pid(void)
{
	char *state = hooks_state_json(NULL, "i", "/b", "creating", HOOKS_STATE_PID_LATER);

	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	hooks_state_set_pid(state, 1);
	CU_ASSERT_STRING_EQUAL(state,
			       "{\"ociVersion\":\"1.0.0\",\"id\":\"i\",\"status\":\"creating\","
			       "\"pid\":1         ,\"bundle\":\"/b\"}");
	hooks_state_set_pid(state, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(state, "\"pid\":1 "));
	free(state);
}

UNIT_MAIN("runtime-linux record", UNIT_TEST(what_is_written_is_read), UNIT_TEST(damage_is_an_error),
	  UNIT_TEST(a_damaged_init_is_an_error), UNIT_TEST(the_configuration_is_kept_once),
	  UNIT_TEST(removal_is_complete_and_repeatable),
	  UNIT_TEST(a_process_is_a_number_and_a_time), UNIT_TEST(a_zombie_is_nobody),
	  UNIT_TEST(hooks_learn_their_pid))
