/* SPDX-License-Identifier: Apache-2.0 */
/* test_stream.c - what a program says ends up in files, or in the count of what did not. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct cleat_error err;

static void begin(void)
{
	err = (struct cleat_error){ 0 };
	fixture_open();
}

static void lines_of_both_streams(void)
{
	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "one\ntwo");
	fixture_say(f.stdio.err, "oops\n");
	fixture_end();
	const char *text = fixture_file("container.log");

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "{\"log\":\"one\\n\",\"stream\":\"stdout\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "{\"log\":\"two\",\"stream\":\"stdout\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "{\"log\":\"oops\\n\",\"stream\":\"stderr\""));
	CU_ASSERT_EQUAL(fixture_times(text, "\n"), 3);
	fixture_close();
}

static void a_line_in_pieces_is_one_record_unless_it_takes_long(void)
{
	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "he");
	fixture_run(1);
	fixture_say(f.stdio.out, "llo\npass");
	fixture_run(60);
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), "{\"log\":\"pass\","));
	fixture_say(f.stdio.out, "word\n");
	fixture_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), "{\"log\":\"word\\n\","));
	fixture_close();
}

static void a_log_outlives_its_stream(void)
{
	begin();
	for (int i = 0; i < 2; i++) {
		UNIT_OK(fixture_stream(&err), err);
		fixture_say(f.stdio.out, "again\n");
		fixture_end();
	}
	CU_ASSERT_EQUAL(fixture_times(fixture_file("container.log"), "again"), 2);
	fixture_close();
}

static void long_lines_are_cut_and_nothing_is_lost(void)
{
	static char line[100001];
	size_t total = 0;

	begin();
	f.settings.format = FORMAT_CRI;
	UNIT_OK(fixture_stream(&err), err);
	memset(line, 'x', sizeof(line) - 1);
	fixture_say(f.stdio.out, line);
	fixture_say(f.stdio.out, "\n");
	fixture_end();
	const char *text = fixture_file("container.log");

	for (const char *p = text; *p; p++)
		total += *p == 'x';
	CU_ASSERT_EQUAL(total, 100000);
	CU_ASSERT_EQUAL(fixture_times(text, " stdout F "), 1);
	CU_ASSERT_EQUAL(fixture_times(text, " stdout P "), 6);
	fixture_close();
}

static void files_rotate_at_records(void)
{
	char line[32];
	unsigned seen = 0;

	begin();
	f.settings.max_size = 4096;
	f.settings.max_file = 3;
	UNIT_OK(fixture_stream(&err), err);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(line, sizeof(line), "line %03d\n", i);
		fixture_say(f.stdio.out, line);
	}
	fixture_end();
	static const char *const names[] = { "container.log", "container.log.1",
					     "container.log.2" };

	for (int i = 0; i < 3; i++) {
		const char *text = fixture_file(names[i]);
		size_t len = strlen(text);

		CU_ASSERT(len > 0 && len <= 4096 && text[len - 1] == '\n' && text[0] == '{');
		seen += fixture_times(text, "\"log\":\"line ");
	}
	CU_ASSERT(seen > 80 && seen < 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), "line 199"));
	CU_ASSERT_STRING_EQUAL(fixture_file("container.log.3"), "");
	/* fewer files than before: what is too much goes */
	f.settings.max_file = 1;
	UNIT_OK(fixture_stream(&err), err);
	CU_ASSERT_STRING_EQUAL(fixture_file("container.log.1"), "");
	fixture_close();
}

/* A file-size limit stands for a full disk: write(2) fails in the middle of a record. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void say_numbers(int from, int to)
{
	char line[32];

	for (int i = from; i < to; i++) {
		(void)snprintf(line, sizeof(line), "line %04d\n", i);
		fixture_say(f.stdio.out, line);
	}
}

static void a_full_disk_drops_and_counts(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };

	begin();
	f.settings.max_size = 0;
	UNIT_OK(fixture_stream(&err), err);
	say_numbers(0, 10);
	fixture_run(5);
	limit_files(2000);
	say_numbers(10, 110);
	fixture_run(5);
	say_numbers(110, 120);
	fixture_run(5);
	limit_files(RLIM_INFINITY);
	f.ops->counters(f.stream, &counters);
	CU_ASSERT(counters.lines_dropped > 85 && counters.lines_dropped < 110);
	CU_ASSERT_EQUAL(f.warnings, 1);
	CU_ASSERT_EQUAL(strtoull(fixture_file("dropped"), NULL, 10), counters.lines_dropped);
	fixture_run(1100);
	say_numbers(120, 125);
	fixture_end();
	const char *text = fixture_file("container.log");

	char note[64];

	(void)snprintf(note, sizeof(note), "[cleat: %llu lines dropped]\\n\",\"stream\":\"stderr\"",
		       (unsigned long long)counters.lines_dropped);
	CU_ASSERT_EQUAL(fixture_times(text, "\"log\":\"line ") + counters.lines_dropped, 125);
	CU_ASSERT_EQUAL(fixture_times(text, note), 1);
	CU_ASSERT_EQUAL(fixture_times(text, "{\"log\""), fixture_times(text, "\n"));
	fixture_close();
}

/* L7: the disk takes nothing, the program is never held up, and each line is either there or counted. */
static void non_blocking_keeps_what_fits_and_counts_the_rest(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };

	begin();
	f.settings.max_size = 0;
	f.settings.mode = MODE_NON_BLOCKING;
	f.settings.max_buffer = 8192;
	UNIT_OK(fixture_stream(&err), err);
	limit_files(1); /* "dropped" is larger, but there already */
	for (int i = 0; i < 50; i++) {
		say_numbers(i * 100, i * 100 + 100);
		fixture_run(1);
	}
	limit_files(RLIM_INFINITY);
	f.ops->counters(f.stream, &counters);
	fixture_run(1200);
	fixture_say(f.stdio.out, "line after\n");
	fixture_end();
	const char *text = fixture_file("container.log");
	unsigned kept = fixture_times(text, "\"log\":\"line ") - 1;

	CU_ASSERT(kept > 20 && kept < 200);
	CU_ASSERT_EQUAL(kept + counters.lines_dropped, 5000);
	CU_ASSERT_EQUAL(fixture_times(text, "lines dropped]"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "line after"));
	fixture_close();
}

static void a_torn_record_of_a_killed_writer_ends(void)
{
	char path[64];

	begin();
	(void)snprintf(path, sizeof(path), "%s/container.log", f.dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

	fixture_say(fd, "{\"log\":\"half a rec");
	(void)close(fd);
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "whole\n");
	fixture_end();
	CU_ASSERT_PTR_NOT_NULL(
		strstr(fixture_file("container.log"), "half a rec\n{\"log\":\"whole\\n\""));
	fixture_close();
}

static void strangers_files_are_not_written(void)
{
	char path[64];

	begin();
	(void)snprintf(path, sizeof(path), "%s/container.log", f.dir);
	CU_ASSERT_EQUAL(symlink("/tmp/cleat-log-elsewhere", path), 0);
	UNIT_FAILS(fixture_stream(&err), ELOOP, err, "cannot open log");
	(void)unlink(path);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	UNIT_FAILS(fixture_stream(&err), EINVAL, err, "cannot open log");
	f.req.out = "/no/such/fifo";
	(void)unlink(path);
	UNIT_FAILS(fixture_stream(&err), ENOTSUP, err, "serves no client");
	fixture_close();
}

static void none_reads_and_forgets(void)
{
	struct cleat_io_counters counters = { .size = sizeof(counters) };
	static const struct cleat_pair none = { "format", "none" };

	begin();
	f.req.options = &none;
	f.req.noptions = 1;
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "12345\n");
	fixture_run(5);
	f.ops->counters(f.stream, &counters);
	CU_ASSERT_EQUAL(counters.bytes_discarded, 6);
	fixture_end();
	CU_ASSERT_STRING_EQUAL(fixture_file("container.log"), "");
	fixture_close();
}

static void a_terminal_is_one_stream(void)
{
	int master = -1;
	int slave = -1;

	begin();
	f.req.terminal = true;
	f.req.err = "";
	UNIT_OK(fixture_stream(&err), err);
	CU_ASSERT_EQUAL_FATAL(openpty(&master, &slave, NULL, NULL, NULL), 0);
	UNIT_OK(f.ops->console(f.stream, master, &err), err);
	UNIT_OK(f.ops->resize(f.stream, 10, 20, &err), err);
	(void)close(master);
	fixture_say(slave, "hello\n");
	fixture_run(5);
	(void)close(slave);
	fixture_end();
	CU_ASSERT_PTR_NOT_NULL(strstr(fixture_file("container.log"), "{\"log\":\"hello\\r\\n\","));
	fixture_close();
}

static void reopened_after_somebody_renamed_it(void)
{
	char path[64];
	char other[80];

	begin();
	UNIT_OK(fixture_stream(&err), err);
	fixture_say(f.stdio.out, "before\n");
	fixture_run(5);
	(void)snprintf(path, sizeof(path), "%s/container.log", f.dir);
	(void)snprintf(other, sizeof(other), "%s.old", path);
	CU_ASSERT_EQUAL(rename(path, other), 0);
	UNIT_OK(f.ops->reopen(f.stream, &err), err);
	fixture_say(f.stdio.out, "after\n");
	fixture_end();
	CU_ASSERT_EQUAL(fixture_times(fixture_file("container.log"), "before"), 0);
	CU_ASSERT_EQUAL(fixture_times(fixture_file("container.log"), "after"), 1);
	fixture_close();
}

UNIT_MAIN("io/log streams", UNIT_TEST(lines_of_both_streams),
	  UNIT_TEST(a_line_in_pieces_is_one_record_unless_it_takes_long),
	  UNIT_TEST(a_log_outlives_its_stream), UNIT_TEST(long_lines_are_cut_and_nothing_is_lost),
	  UNIT_TEST(files_rotate_at_records), UNIT_TEST(a_full_disk_drops_and_counts),
	  UNIT_TEST(non_blocking_keeps_what_fits_and_counts_the_rest),
	  UNIT_TEST(a_torn_record_of_a_killed_writer_ends),
	  UNIT_TEST(strangers_files_are_not_written), UNIT_TEST(none_reads_and_forgets),
	  UNIT_TEST(a_terminal_is_one_stream), UNIT_TEST(reopened_after_somebody_renamed_it))
