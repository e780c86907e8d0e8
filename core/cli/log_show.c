/* SPDX-License-Identifier: Apache-2.0 */
/* log_show.c - records as the lines that they were, on the stream that they were on. */
#include "cli/log_show.h"

#include <stdio.h>

#include "cli/log_time.h"

/* A time that cannot be read passes: better a line too many. */
static bool time_of(const struct log_record *record, uint64_t *out)
{
	return log_time_rfc3339(record->stamp, record->stamp_len, out) == 0;
}

bool log_show_wants(void *arg, const struct log_record *record)
{
	const struct log_show *show = arg;
	uint64_t at = 0;

	if ((!show->since && !show->until) || !time_of(record, &at))
		return true;
	return at >= show->since && (!show->until || at < show->until);
}

static void print(struct log_show *show, const struct log_record *record)
{
	FILE *to = record->is_err ? stderr : stdout;

	/* a reader of both sees them in order */
	if (record->is_err != show->was_err)
		(void)fflush(record->is_err ? stdout : stderr);
	show->was_err = record->is_err;
	if (show->stamps && !show->inside[record->is_err]) {
		(void)fwrite_unlocked(record->stamp, 1, record->stamp_len, to);
		(void)fputc_unlocked(' ', to);
	}
	(void)fwrite_unlocked(record->text, 1, record->len, to);
	if (record->full)
		(void)fputc_unlocked('\n', to);
	show->inside[record->is_err] = !record->full;
}

void log_show_record(struct log_show *show, const struct log_record *record)
{
	uint64_t at = 0;

	if (show->over)
		return;
	if (log_show_wants(show, record))
		print(show, record);
	else if (show->until && time_of(record, &at) && at >= show->until)
		show->over = true;
	show->over = show->over || ferror_unlocked(stdout);
}

void log_show_flush(struct log_show *show)
{
	(void)fflush(stdout);
	(void)fflush(stderr);
	show->over = show->over || ferror(stdout);
}

/* In its place among the lines. */
static void tell_missed(struct log_files *files)
{
	(void)fflush(stdout);
	if (files->missed)
		(void)fprintf(stderr,
			      "cleat logs: %llu files of the log were rotated away before they "
			      "were read\n",
			      (unsigned long long)files->missed);
	else
		(void)fprintf(stderr, "cleat logs: files of the log may have been rotated away "
				      "before they were read\n");
	files->is_missed = false;
	files->missed = 0;
}

int log_show_all(struct log_show *show, struct log_files *files, struct cleat_error *err)
{
	struct log_record record;
	int r = 0;

	while (!show->over && (r = log_files_next(files, &record, err)) > 0) {
		if (files->is_missed)
			tell_missed(files);
		log_show_record(show, &record);
	}
	if (files->is_missed)
		tell_missed(files);
	log_show_flush(show);
	return r;
}
