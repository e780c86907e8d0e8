/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the buffer before a log file.
 *
 * In blocking mode it is empty between two reads, and what it holds is still in the spool; in the other
 * mode lines may wait here, and their number is in the spool, for a shim that comes after us.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { FLUSH_AT = 128 << 10 };

uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the buffer ------------------------------------------------------------------------------- */

static size_t waiting(const struct file *file)
{
	return file->end - file->start;
}

static bool make_room(struct file *file)
{
	size_t n = waiting(file);
	size_t wanted = n + RECORD_MAX;

	if (file->bytes && file->end + RECORD_MAX <= file->room)
		return true;
	if (file->bytes && file->start) {
		memmove(file->bytes, file->bytes + file->start, n);
		file->start = 0;
		file->end = n;
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

static size_t format(struct file *file, const struct piece *piece)
{
	return format_record((enum format)file->how.format, file->bytes + file->end, piece->text,
			     piece->len, piece->full, piece->stream == 1, file->stamp.text);
}

bool file_put(struct file *file, int stream, const char *text, size_t len, bool full)
{
	const struct piece piece = { .stream = stream, .text = text, .len = len, .full = full };

	if (!make_room(file))
		return false;
	file->end += format(file, &piece);
	file->partial[stream] = !full;
	return true;
}

static bool is_blocking(const struct file *file)
{
	return file->how.mode == MODE_BLOCKING;
}

/* This line is not to be had: close what of it is kept already, and let its rest go as well. */
static void drop_line(struct file *file, const struct piece *piece, bool was_partial)
{
	count_add(&file->count, 1);
	if (was_partial)
		(void)file_put(file, piece->stream, "", 0, true);
	file->partial[piece->stream] = false;
	file->dropping[piece->stream] = !piece->full;
}

/*
 * What waits in blocking mode is of one stream and fits into one file: so one write is all or nothing of
 * what spool.c has to know.
 */
static bool must_flush(const struct file *file, const struct piece *piece, size_t n)
{
	size_t before = waiting(file);

	return before > 0 &&
	       (before >= FLUSH_AT ||
		(is_blocking(file) && (file->lane != piece->stream ||
				       (file->how.max_size &&
					file->size + (int64_t)(before + n) > file->how.max_size))));
}

/* The record of @n bytes is behind what waits: flush that first. */
static void flush_before(struct file *file, size_t n)
{
	size_t at = file->end;

	file_flush(file);
	if (file->end != at)
		memmove(file->bytes + file->end, file->bytes + at, n);
}

static void account(struct file *file, const struct piece *piece)
{
	file->lane = piece->stream;
	file->upto = piece->upto;
	file->owes = is_blocking(file);
	if (file->owes)
		return;
	file->lines += piece->full;
	spool_waiting(file->spool, file->lines);
	spool_take(file->spool, piece->stream, piece->upto);
}

static void add(struct file *file, const struct piece *piece)
{
	bool was_partial = file->partial[piece->stream];

	if (!make_room(file)) {
		drop_line(file, piece, was_partial);
		return;
	}
	size_t n = format(file, piece);

	if (must_flush(file, piece, n))
		flush_before(file, n);
	/* the flush may have dropped the beginning of this line */
	if (file->dropping[piece->stream])
		file->dropping[piece->stream] = !piece->full;
	else if (!is_blocking(file) && waiting(file) > 0 &&
		 waiting(file) + n > (size_t)file->how.max_buffer)
		drop_line(file, piece, was_partial);
	else {
		file->end += n;
		file->partial[piece->stream] = !piece->full;
	}
}

void file_add(struct file *file, const struct piece *piece)
{
	if (file->dropping[piece->stream])
		file->dropping[piece->stream] = !piece->full;
	else
		add(file, piece);
	account(file, piece);
}

void file_shrink(struct file *file)
{
	if (waiting(file))
		return;
	free(file->bytes);
	file->bytes = NULL;
	file->start = file->end = file->room = 0;
}

/* ---- open and close ---------------------------------------------------------------------------- */

/* What a shim that was killed had begun to write, and what it had in memory. */
static void settle(struct file *file)
{
	_cleanup_close_ int fd = openat(file->dir, LOG_NAME,
					O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	spool_settle(file->spool, fd);
	count_add(&file->count, spool_lost(file->spool));
	spool_waiting(file->spool, 0);
}

int file_open(struct file *file, const struct cleat_host *host, const struct settings *how,
	      const char *log_dir, struct spool *spool, struct cleat_error *err)
{
	*file = (struct file){ .host = host,
			       .how = *how,
			       .dir = -1,
			       .fd = -1,
			       .count = { .fd = -1 },
			       .spool = spool };
	file->dir = open(log_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (file->dir < 0)
		return cleat_fail(err, errno, "cannot open log directory '%s': %m", log_dir);
	count_open(&file->count, file->dir);
	settle(file);
	int r = rotate_open(file);

	if (r < 0 && r != -ENOSPC && r != -EDQUOT) {
		count_close(&file->count);
		(void)close(file->dir);
		errno = -r;
		return cleat_fail(err, -r, "cannot open log '%s/" LOG_NAME "': %m", log_dir);
	}
	rotate_trim(file);
	format_stamp(&file->stamp, now_ns());
	return 0;
}

void file_close(struct file *file)
{
	file->retry_at = 0;
	file->how.mode = MODE_BLOCKING; /* what cannot be written now never will: it is counted */
	file_flush(file);
	file->host->unwatch(file->retry);
	cleat_closep(&file->fd);
	count_close(&file->count);
	cleat_closep(&file->dir);
	free(file->bytes);
	free(file);
}
