/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the buffer before a log file, and the account of what did not get into it.
 *
 * The number of dropped lines is kept in a file of fixed size beside the log: it was given its space
 * when there was some, so it can be written when there is none.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { FLUSH_AT = 128 << 10, COUNT_TEXT = 21 };

uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void file_stamp(struct file *file)
{
	format_stamp(now_ns(), file->stamp);
}

/* ---- the count ------------------------------------------------------------------------------- */

static void save_count(const struct file *file)
{
	char text[COUNT_TEXT + 1];

	(void)snprintf(text, sizeof(text), "%020llu\n", (unsigned long long)file->dropped);
	if (file->count_fd >= 0) /* best effort: the log itself will say it as well */
		(void)!pwrite(file->count_fd, text, COUNT_TEXT, 0);
}

static void open_count(struct file *file)
{
	char text[COUNT_TEXT + 1] = "";

	file->count_fd =
		openat(file->dir, "dropped", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (file->count_fd < 0)
		return;
	if (pread(file->count_fd, text, COUNT_TEXT, 0) > 0)
		file->dropped = strtoull(text, NULL, 10);
	save_count(file);
}

void file_count(struct file *file, uint64_t lines)
{
	if (lines == 0)
		return;
	file->dropped += lines;
	file->unsaid += lines;
	save_count(file);
}

/* ---- the buffer ------------------------------------------------------------------------------- */

static bool make_room(struct file *file)
{
	size_t waiting = file->end - file->start;
	size_t wanted = waiting + RECORD_MAX;

	if (file->bytes && file->end + RECORD_MAX <= file->room)
		return true;
	if (file->bytes && file->start) {
		memmove(file->bytes, file->bytes + file->start, waiting);
		file->start = 0;
		file->end = waiting;
	}
	if (file->bytes && wanted <= file->room)
		return true;
	size_t room = wanted < FLUSH_AT + RECORD_MAX ? FLUSH_AT + RECORD_MAX : wanted + wanted / 2;
	char *bytes = realloc(file->bytes, room);

	if (!bytes)
		return false;
	file->bytes = bytes;
	file->room = room;
	return true;
}

bool file_put(struct file *file, int stream, const char *text, size_t len, bool full)
{
	if (!make_room(file))
		return false;
	file->end += format_record((enum format)file->how.format, file->bytes + file->end, text,
				   len, full, stream == 1, file->stamp);
	file->partial[stream] = !full;
	return true;
}

/* Non-blocking mode only: in the other one the buffer is empty after a flush. */
static bool is_too_much(const struct file *file, size_t before)
{
	return file->how.mode == MODE_NON_BLOCKING && before > 0 &&
	       file->end - file->start > (size_t)file->how.max_buffer;
}

/* This line is not to be had: close what of it is kept already, and let its rest go as well. */
static void drop_line(struct file *file, int stream, bool was_partial, bool full)
{
	file_count(file, 1);
	if (was_partial)
		(void)file_put(file, stream, "", 0, true);
	file->partial[stream] = false;
	file->dropping[stream] = !full;
}

void file_add(struct file *file, int stream, const char *text, size_t len, bool full)
{
	bool was_partial = file->partial[stream];

	if (file->dropping[stream]) {
		file->dropping[stream] = !full;
		return;
	}
	if (file->end - file->start >= FLUSH_AT)
		file_flush(file);
	/* the flush may have dropped the beginning of this line */
	if (file->dropping[stream]) {
		file->dropping[stream] = !full;
		return;
	}
	size_t before = file->end - file->start;

	if (!file_put(file, stream, text, len, full)) {
		drop_line(file, stream, was_partial, full);
	} else if (is_too_much(file, before)) {
		file->end = file->start + before;
		drop_line(file, stream, was_partial, full);
	}
}

/* ---- open and close ---------------------------------------------------------------------------- */

int file_open(struct file *file, const struct cleat_host *host, const struct settings *how,
	      const char *log_dir, struct cleat_error *err)
{
	*file = (struct file){ .host = host, .how = *how, .dir = -1, .fd = -1, .count_fd = -1 };
	file->dir = open(log_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (file->dir < 0)
		return cleat_fail(err, errno, "cannot open log directory '%s': %m", log_dir);
	int r = rotate_open(file);

	if (r < 0 && r != -ENOSPC && r != -EDQUOT) {
		(void)close(file->dir);
		errno = -r;
		return cleat_fail(err, -r, "cannot open log '%s/" LOG_NAME "': %m", log_dir);
	}
	rotate_trim(file);
	open_count(file);
	file_stamp(file);
	return 0;
}

void file_close(struct file *file)
{
	file->retry_at = 0;
	file->how.mode = MODE_BLOCKING; /* what cannot be written now never will: it is counted */
	file_flush(file);
	file->host->unwatch(file->retry);
	cleat_closep(&file->fd);
	cleat_closep(&file->count_fd);
	cleat_closep(&file->dir);
	free(file->bytes);
	*file = (struct file){ .dir = -1, .fd = -1, .count_fd = -1 };
}
