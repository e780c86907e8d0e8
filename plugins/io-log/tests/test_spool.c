/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_spool.c - a shim is killed between reading and writing; the next one loses nothing and repeats nothing.
 *
 * Each death is that of a real process: a child that kills itself before or after its n-th read of the
 * program's pipe or write of its log, or when a write is half done.
 */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum when { NEVER, BEFORE_READ, AFTER_READ, BEFORE_WRITE, HALF_WRITTEN, AFTER_WRITE };

static enum when when;
static int countdown;
static int is_shim; /* only what a shim does counts */

static struct cleat_error err;
static char pipes[64];
static int out; /* the program's end */

ssize_t __real_read(int fd, void *to, size_t n);
ssize_t __real_write(int fd, const void *from, size_t n);
ssize_t __wrap_read(int fd, void *to, size_t n);
ssize_t __wrap_write(int fd, const void *from, size_t n);

static bool is_kind(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

static bool is_due(enum when now)
{
	return when == now && --countdown == 0;
}

static void die(void)
{
	(void)kill(getpid(), SIGKILL);
}

ssize_t __wrap_read(int fd, void *to, size_t n)
{
	bool counts = is_shim && is_kind(fd, S_IFIFO);

	if (counts && is_due(BEFORE_READ))
		die();
	ssize_t got = __real_read(fd, to, n);

	if (counts && got > 0 && is_due(AFTER_READ))
		die();
	return got;
}

ssize_t __wrap_write(int fd, const void *from, size_t n)
{
	bool counts = is_shim && is_kind(fd, S_IFREG);

	if (counts && is_due(BEFORE_WRITE))
		die();
	if (counts && is_due(HALF_WRITTEN)) {
		(void)__real_write(fd, from, n * 2 / 3);
		die();
	}
	ssize_t done = __real_write(fd, from, n);

	if (counts && is_due(AFTER_WRITE))
		die();
	return done;
}

/* ---- a program, and shims that come and go ----------------------------------------------------------- */

static void begin(void)
{
	err = (struct cleat_error){ 0 };
	when = NEVER;
	fixture_open();
	(void)snprintf(pipes, sizeof(pipes), "%s/io", f.dir);
	CU_ASSERT_EQUAL(mkdir(pipes, 0700), 0);
	f.req.pipe_dir = pipes;
	f.settings.format = FORMAT_CRI;
	/* the program's end, as it outlives every shim */
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/out", pipes);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	out = open(path, O_RDWR | O_CLOEXEC);
	(void)fcntl(out, F_SETPIPE_SZ, 1 << 20);
}

static void end(void)
{
	(void)close(out);
	fixture_close();
}

static bool is_drained(void)
{
	int left = 0;

	return ioctl(out, FIONREAD, &left) == 0 && left == 0;
}

/* A shim in a child: it reads what is there. True: it was killed. */
static bool shim_runs(enum when death, int nth)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct cleat_error why = { 0 };

		when = death;
		countdown = nth;
		is_shim = 1;
		if (fixture_stream(&why) < 0)
			_exit(9);
		for (int i = 0; i < 400 && !is_drained(); i++)
			fixture_run(1);
		fixture_run(30); /* the beginning of a line was given up, too */
		_exit(0);        /* as good as killed: nothing is closed */
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* The text of all records, each but the last parts with its newline. */
static const char *said(void)
{
	static char text[4 << 20];
	const char *log = fixture_file("container.log");
	size_t n = 0;

	const char *end = log + strlen(log);

	while (log < end) { /* by its place: a search for it would look at all that follows */
		const char *tag = log + STAMP_TEXT - 1;
		const char *newline = memchr(log, '\n', (size_t)(end - log));

		CU_ASSERT_PTR_NOT_NULL_FATAL(newline);
		CU_ASSERT_FATAL(newline - tag >= 10 && memcmp(tag, " stdout ", 8) == 0);
		memcpy(text + n, tag + 10, (size_t)(newline - tag - 10));
		n += (size_t)(newline - tag - 10);
		if (tag[8] == 'F')
			text[n++] = '\n';
		log = newline + 1;
	}
	text[n] = '\0';
	return text;
}

static char *numbers(int from, int to)
{
	static char text[1 << 20];
	size_t n = 0;

	for (int i = from; i < to; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d\n", i);
	return text;
}

/* ---- each death ---------------------------------------------------------------------------------------- */

static void dies(enum when death, int nth)
{
	begin();
	fixture_say(out, numbers(0, 30000));
	CU_ASSERT_TRUE(shim_runs(death, nth));
	fixture_say(out, "after\n");
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	char *wanted = strdup(numbers(0, 30000));
	const char *got = said();
	size_t len = strlen(wanted);

	CU_ASSERT_EQUAL(strncmp(got, wanted, len), 0);
	CU_ASSERT_STRING_EQUAL(got + (strlen(got) >= len ? len : 0), "after\n");
	CU_ASSERT_STRING_EQUAL(fixture_file("dropped"), "00000000000000000000\n");
	free(wanted);
	end();
}

static void killed_before_a_read(void)
{
	dies(BEFORE_READ, 1);
	dies(BEFORE_READ, 2);
}

static void killed_after_a_read(void)
{
	dies(AFTER_READ, 1);
	dies(AFTER_READ, 2);
}

static void killed_before_a_write(void)
{
	dies(BEFORE_WRITE, 1);
	dies(BEFORE_WRITE, 2);
}

static void killed_within_a_write(void)
{
	dies(HALF_WRITTEN, 1);
	dies(HALF_WRITTEN, 2);
}

static void killed_after_a_write(void)
{
	dies(AFTER_WRITE, 1);
	dies(AFTER_WRITE, 2);
}

/* The same when each write fills a file, and the next one is begun. */
static void killed_while_files_rotate(void)
{
	for (int nth = 1; nth < 4; nth++) {
		begin();
		f.settings.max_size = 64 << 10;
		f.settings.max_file = 1000;
		fixture_say(out, numbers(0, 5000));
		CU_ASSERT_TRUE(shim_runs(nth % 2 ? AFTER_WRITE : HALF_WRITTEN, nth));
		CU_ASSERT_FALSE(shim_runs(NEVER, 0));
		static char all[4 << 20];
		size_t n = 0;

		for (int i = 20; i >= 0; i--) {
			char name[32];

			(void)snprintf(name, sizeof(name), i ? "container.log.%d" : "container.log",
				       i);
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s", fixture_file(name));
		}
		const char *at = all;

		for (int i = 0; i < 5000; i++) {
			char line[32];

			(void)snprintf(line, sizeof(line), " stdout F %d\n", i);
			CU_ASSERT_EQUAL_FATAL(strncmp(at + STAMP_TEXT - 1, line, strlen(line)), 0);
			at += STAMP_TEXT - 1 + strlen(line);
		}
		CU_ASSERT_STRING_EQUAL(at, "");
		end();
	}
}

/* ---- what is no line yet --------------------------------------------------------------------------------- */

static void the_beginning_of_a_line_is_not_lost(void)
{
	begin();
	fixture_say(out, "begin");
	CU_ASSERT_TRUE(shim_runs(AFTER_READ, 1));
	fixture_say(out, "ning\n");
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	CU_ASSERT_STRING_EQUAL(said(), "beginning\n");
	fixture_say(out, "again ");
	CU_ASSERT_TRUE(shim_runs(AFTER_WRITE, 1)); /* it was given up as a part */
	fixture_say(out, "here\n");
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	CU_ASSERT_STRING_EQUAL(said(), "beginning\nagain here\n");
	end();
}

/* Bytes that look like those that a place is painted with. */
static void no_byte_is_taken_for_another(void)
{
	static char bytes[3000];
	const char *got = NULL;

	begin();
	for (size_t i = 0; i < sizeof(bytes) - 1; i++)
		bytes[i] = (char)(0xf8 | (i * 7 & 7));
	for (int i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(__real_write(out, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
		fixture_say(out, "\n");
		CU_ASSERT_TRUE(shim_runs(i % 2 ? AFTER_READ : BEFORE_READ, 1));
	}
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	got = said();
	CU_ASSERT_EQUAL(strlen(got), 20 * sizeof(bytes));
	end();
}

/* ---- again and again ------------------------------------------------------------------------------------- */

static void any_order_of_deaths(void)
{
	unsigned seed = (unsigned)getpid();
	int next = 0;

	begin();
	for (int round = 0; round < 60; round++) {
		int n = 1 + rand_r(&seed) % 1500;

		fixture_say(out, numbers(next, next + n));
		next += n;
		(void)shim_runs((enum when)(1 + rand_r(&seed) % 5), 1 + rand_r(&seed) % 3);
	}
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	char *wanted = strdup(numbers(0, next));

	if (strcmp(said(), wanted) != 0)
		printf("seed %u\n", (unsigned)getpid());
	CU_ASSERT_EQUAL(strcmp(said(), wanted), 0);
	free(wanted);
	end();
}

/* Non-blocking mode: what waited in memory is lost, and that is said. */
static void lines_in_memory_are_counted(void)
{
	begin();
	f.settings.mode = MODE_NON_BLOCKING;
	fixture_say(out, numbers(0, 10));
	pid_t child = fork();

	if (child == 0) {
		struct cleat_error why = { 0 };
		struct rlimit none = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };

		(void)signal(SIGXFSZ, SIG_IGN);
		if (fixture_stream(&why) < 0)
			_exit(9);
		(void)setrlimit(RLIMIT_FSIZE, &none); /* a full disk */
		for (int i = 0; i < 400 && !is_drained(); i++)
			fixture_run(1);
		die();
	}
	(void)waitpid(child, NULL, 0);
	fixture_say(out, "after\n");
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), "[cleat: 10 lines dropped]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), " stdout F after\n"));
	end();
}

/* Memory of a burst goes back; a spool is as small as what it holds. */
static void it_is_small_when_nothing_happens(void)
{
	char path[80];
	struct stat st = { 0 };

	begin();
	(void)snprintf(path, sizeof(path), "%s/spool", pipes);
	UNIT_OK(fixture_stream(&err), err);
	CU_ASSERT(stat(path, &st) == 0 && st.st_blocks == 0);
	fixture_say(f.stdio.out, numbers(0, 50000));
	fixture_run(20);
	CU_ASSERT(stat(path, &st) == 0 && st.st_blocks * 512 > 32 << 10);
	for (int i = 0; i < 60 && st.st_blocks * 512 > 8 << 10; i++) {
		fixture_run(100);
		CU_ASSERT_EQUAL(stat(path, &st), 0);
	}
	CU_ASSERT(st.st_blocks * 512 <= 8 << 10);
	fixture_say(f.stdio.out, "more\n");
	(void)close(out); /* else the end is not seen */
	fixture_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), " stdout F more\n"));
	fixture_close();
}

/* Another's file, or damage, is not believed. */
static void a_damaged_one_is_begun_anew(void)
{
	char path[80];

	begin();
	(void)snprintf(path, sizeof(path), "%s/spool", pipes);
	fixture_say(out, "one\n");
	CU_ASSERT_TRUE(shim_runs(AFTER_READ, 1));
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	const uint64_t wrong = UINT64_MAX;

	CU_ASSERT_EQUAL(pwrite(fd, &wrong, sizeof(wrong), 8), sizeof(wrong));
	(void)close(fd);
	fixture_say(out, "two\n");
	CU_ASSERT_FALSE(shim_runs(NEVER, 0));
	CU_ASSERT_STRING_EQUAL(said(), "two\n");
	end();
}

UNIT_MAIN("io/log spool", UNIT_TEST(killed_before_a_read), UNIT_TEST(killed_after_a_read),
	  UNIT_TEST(killed_before_a_write), UNIT_TEST(killed_within_a_write),
	  UNIT_TEST(killed_after_a_write), UNIT_TEST(killed_while_files_rotate),
	  UNIT_TEST(the_beginning_of_a_line_is_not_lost), UNIT_TEST(no_byte_is_taken_for_another),
	  UNIT_TEST(any_order_of_deaths), UNIT_TEST(lines_in_memory_are_counted),
	  UNIT_TEST(it_is_small_when_nothing_happens), UNIT_TEST(a_damaged_one_is_begun_anew))
