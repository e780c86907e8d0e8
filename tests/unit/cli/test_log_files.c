/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_files.c - a log across its files, in every state in which a rotation leaves them. */
#include "support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/dir.h"
#include "cli/log_files.h"

#define TIME "2026-11-22T00:28:31.123456789Z"

static char dir[] = "/tmp/cleat-logfiles-XXXXXX";
static char path[96];
static struct log_files files;
static struct cleat_error err;

static void append(const char *name, int from, int to)
{
	char file[96];

	(void)snprintf(file, sizeof(file), "%s/%s", dir, name);
	FILE *f = fopen(file, "ae");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = from; i < to; i++)
		(void)fprintf(f, TIME " stdout F %d\n", i);
	(void)fclose(f);
}

static void move(const char *from, const char *to)
{
	char a[96];
	char b[96];

	(void)snprintf(a, sizeof(a), "%s/%s", dir, from);
	(void)snprintf(b, sizeof(b), "%s/%s", dir, to);
	CU_ASSERT_EQUAL(rename(a, b), 0);
}

/* How many records are there now; they must be numbered on from @from. */
static int count(int from)
{
	struct log_record r;
	int n = 0;

	while (log_files_next(&files, &r, &err) > 0) {
		CU_ASSERT_EQUAL(atoi(r.text), from + n);
		n++;
	}
	return n;
}

/* The serial number that the shim gives a file. */
static void number(const char *name, const char *serial)
{
	char file[96];

	(void)snprintf(file, sizeof(file), "%s/%s", dir, name);
	CU_ASSERT_EQUAL(setxattr(file, "user.cleat.log", serial, strlen(serial), 0), 0);
}

static void cut(const char *name, off_t size)
{
	char file[96];

	(void)snprintf(file, sizeof(file), "%s/%s", dir, name);
	CU_ASSERT_EQUAL(truncate(file, size), 0);
}

static void begin(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/container.log", dir);
}

static void end(void)
{
	log_files_close(&files);
	CU_ASSERT_EQUAL(dir_remove_tree(AT_FDCWD, dir, &err), 0);
}

static bool all(void *arg, const struct log_record *r)
{
	(void)arg;
	(void)r;
	return true;
}

static void a_reader_walks_through_rotations(void)
{
	begin();
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 0); /* there is nothing yet */
	append("container.log.1", 0, 5);
	append("container.log", 5, 10);
	log_files_close(&files);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 10);
	append("container.log", 10, 12); /* written after we saw its end, before it is renamed */
	move("container.log.1", "container.log.2");
	move("container.log", "container.log.1");
	CU_ASSERT_EQUAL(count(10), 2);
	append("container.log", 12, 14);
	move("container.log.2", "container.log.3");
	move("container.log.1", "container.log.2");
	move("container.log", "container.log.1");
	append("container.log", 14, 20); /* two rotations between two looks */
	CU_ASSERT_EQUAL(count(12), 8);
	CU_ASSERT(!files.is_missed && files.damaged == 0);
	log_files_close(&files);
	for (uint64_t n = 0; n < 22; n++) {
		UNIT_OK(log_files_open(&files, path, &err), err);
		log_files_tail(&files, n, all, NULL);
		CU_ASSERT_EQUAL(count(n < 20 ? 20 - (int)n : 0), n < 20 ? (int)n : 20);
		log_files_close(&files);
	}
	end();
}

/* The shim renames the highest number first; each state in between is one that a reader may find. */
static void a_reader_waits_for_half_a_rotation(void)
{
	begin();
	append("container.log.2", 0, 5);
	append("container.log.1", 5, 10);
	append("container.log", 10, 15);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 15);
	append("container.log", 15, 16);
	move("container.log.2", "container.log.3");
	CU_ASSERT_EQUAL(count(15), 1);
	move("container.log.1", "container.log.2");
	CU_ASSERT_EQUAL(count(16), 0);
	move("container.log", "container.log.1");
	CU_ASSERT_EQUAL(count(16), 0); /* there is no successor yet */
	append("container.log", 16, 20);
	/* the next one, and we still stand at what is .2 now: .1 is missing when we look */
	move("container.log.2", "container.log.3");
	move("container.log.1", "container.log.2");
	CU_ASSERT_EQUAL(count(16), 4);
	move("container.log", "container.log.1");
	append("container.log", 20, 25);
	CU_ASSERT_EQUAL(count(20), 5);
	/* two between two looks, and a third that has passed ours and its successor */
	move("container.log.3", "elsewhere.2");
	move("container.log.2", "elsewhere.1");
	move("container.log.1", "elsewhere");
	move("container.log", "container.log.4");
	append("container.log.3", 25, 30);
	append("container.log.1", 30, 35);
	append("container.log", 35, 40);
	CU_ASSERT_EQUAL(count(25), 15);
	CU_ASSERT_FALSE(files.is_missed);
	end();
}

static void a_gap_hides_nothing(void)
{
	begin();
	append("container.log.4", 0, 5);
	append("container.log.3", 5, 10);
	append("container.log.1", 10, 15);
	append("container.log", 15, 20);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 20);
	log_files_close(&files);
	move("container.log", "container.log.2"); /* not made anew yet, or never */
	move("container.log.1", "swap");
	move("container.log.2", "container.log.1");
	move("swap", "container.log.2");
	UNIT_OK(log_files_open(&files, path, &err), err);
	log_files_limit(&files);
	CU_ASSERT_EQUAL(count(0), 20);
	end();
}

/* A reader that is slower than the rotation: what is gone is told, and only that. */
static void files_that_are_gone_are_counted(void)
{
	begin();
	append("container.log", 0, 5);
	number("container.log", "7");
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 5);
	append("container.log", 5, 7);
	append("next", 7, 9);
	number("next", "8");
	move("next", "container.log"); /* as max-file 1 does it: nothing is missing */
	CU_ASSERT_EQUAL(count(5), 4);
	CU_ASSERT_FALSE(files.is_missed);
	append("next", 9, 12);
	number("next", "11");
	move("next", "container.log");
	append("container.log", 12, 13);
	CU_ASSERT_EQUAL(count(9), 4);
	CU_ASSERT(files.is_missed && files.missed == 2);
	files.is_missed = false;
	append("next", 13, 14); /* a file without a number: nobody knows */
	move("next", "container.log");
	CU_ASSERT_EQUAL(count(13), 1);
	CU_ASSERT(files.is_missed && files.missed == 2);
	end();
}

/* The writer takes half a record back when the disk is full: what was read before is not read again. */
static void half_a_record_that_is_taken_back_is_forgotten(void)
{
	struct stat st;

	begin();
	append("container.log", 0, 5);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	append("container.log", 5, 6);
	cut("container.log", st.st_size + 9);
	UNIT_OK(log_files_open(&files, path, &err), err);
	CU_ASSERT_EQUAL(count(0), 5);
	cut("container.log", st.st_size);
	CU_ASSERT_EQUAL(count(5), 0);
	append("container.log", 5, 8);
	CU_ASSERT_EQUAL(count(5), 3);
	cut("container.log", 0); /* copytruncate */
	CU_ASSERT_EQUAL(count(0), 0);
	append("container.log", 0, 2);
	CU_ASSERT_EQUAL(count(0), 2);
	CU_ASSERT_EQUAL(files.damaged, 0);
	end();
}

UNIT_MAIN("files of a log", UNIT_TEST(a_reader_walks_through_rotations),
	  UNIT_TEST(a_reader_waits_for_half_a_rotation), UNIT_TEST(a_gap_hides_nothing),
	  UNIT_TEST(files_that_are_gone_are_counted),
	  UNIT_TEST(half_a_record_that_is_taken_back_is_forgotten))
