/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.c - from the buffer to the disk, in whole records or not at all.
 *
 * A program must not die or stand still because a disk is full. So a failed write is said once, its
 * lines are counted, and a second later we try again; the first line after that says how many are
 * missing.
 */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#define RETRY_NS 1000000000ull /* after an error */
#define SOON_NS  20000000ull   /* the disk is only slow */

/* ---- one write ---------------------------------------------------------------------------------- */

/* Non-blocking mode must not wait for the disk either, where the filesystem can promise that. */
static ssize_t write_once(struct file *file, const char *bytes, size_t n)
{
	struct iovec iov = { .iov_base = (char *)(uintptr_t)bytes, .iov_len = n };

	if (file->how.mode == MODE_NON_BLOCKING && !file->no_nowait) {
		ssize_t r = pwritev2(file->fd, &iov, 1, -1, RWF_NOWAIT);

		if (r >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
			return r;
		file->no_nowait = true;
	}
	return write(file->fd, bytes, n);
}

/* What fitted of @done bytes, in whole records; half a one that cannot be taken back is skipped by readers. */
static size_t keep_whole(struct file *file, const char *bytes, size_t done)
{
	const char *last = done ? memrchr(bytes, '\n', done) : NULL;
	size_t whole = last ? (size_t)(last + 1 - bytes) : 0;

	file->size += (int64_t)whole;
	if (done > whole)
		(void)!ftruncate(file->fd, file->size);
	return whole;
}

/* Whole records; *out_n is how many bytes of them, also after a failure. */
static int write_whole(struct file *file, const char *bytes, size_t n, size_t *out_n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = write_once(file, bytes + done, n - done);

		if (w > 0) {
			done += (size_t)w;
			continue;
		}
		if (w < 0 && errno == EINTR)
			continue;
		int r = w < 0 ? -errno : -ENOSPC;

		*out_n = keep_whole(file, bytes, done);
		return r;
	}
	file->size += (int64_t)n;
	*out_n = n;
	return 0;
}

/* ---- how much goes into this file ---------------------------------------------------------------- */

/* As many whole records as fit below max-size; 0: the file is full. A record that fits nowhere goes alone. */
static size_t portion(const struct file *file)
{
	const char *bytes = file->bytes + file->start;
	size_t n = file->end - file->start;
	int64_t room = file->how.max_size - file->size;

	if (file->how.max_size == 0 || (int64_t)n <= room)
		return n;
	const char *last = room > 0 ? memrchr(bytes, '\n', (size_t)room) : NULL;

	if (last)
		return (size_t)(last + 1 - bytes);
	if (file->size > 0)
		return 0;
	return (size_t)((const char *)memchr(bytes, '\n', n) + 1 - bytes);
}

/* Some records went out, the rest will not: which lines are half on the disk? */
static void note_began(struct file *file, const char *record, const char *end)
{
	enum format format = (enum format)file->how.format;

	while (record < end) {
		size_t len = (size_t)((const char *)memchr(record, '\n', (size_t)(end - record)) +
				      1 - record);

		file->began[format_stream(format, record, len)] =
			!format_is_full(format, record, len);
		record += len;
	}
}

/* In blocking mode it is all that waits: a shim that comes after us can tell whether it was done. */
static int write_portion(struct file *file, size_t *n)
{
	if (file->owes)
		spool_write_begins(file->spool, file->lane, file->upto, file->fd, file->size, *n);
	return write_whole(file, file->bytes + file->start, *n, n);
}

static int write_buffer(struct file *file)
{
	size_t first = file->start;
	int r = 0;

	while (r == 0 && file->start < file->end) {
		size_t n = file->fd < 0 ? 0 : portion(file);

		if (file->fd < 0)
			r = rotate_open(file);
		else if (n == 0)
			r = rotate(file);
		else
			r = write_portion(file, &n);
		file->start += n;
	}
	if (r < 0)
		note_began(file, file->bytes + first, file->bytes + file->start);
	return r;
}

/* ---- after a failure ------------------------------------------------------------------------------ */

static uint64_t count_lines(const struct file *file)
{
	const char *record = file->bytes + file->start;
	const char *end = file->bytes + file->end;
	uint64_t lines = 0;

	while (record < end) {
		const char *next = (const char *)memchr(record, '\n', (size_t)(end - record)) + 1;

		lines += format_is_full((enum format)file->how.format, record,
					(size_t)(next - record));
		record = next;
	}
	return lines;
}

/* Nothing waits any more: it is kept, or counted. */
static void empty(struct file *file)
{
	file->start = file->end = 0;
	file->lines = 0;
	if (file->owes)
		spool_write_ends(file->spool, file->lane, file->upto);
	else if (file->spool)
		spool_waiting(file->spool, 0);
	file->owes = false;
}

/* Lines that are half in the buffer and half elsewhere go as a whole. */
static void drop_buffer(struct file *file)
{
	uint64_t lines = count_lines(file);

	for (int i = 0; i < 2; i++) {
		lines += file->partial[i];
		file->dropping[i] = file->partial[i];
		file->unclosed[i] = file->unclosed[i] || file->began[i];
		file->partial[i] = file->began[i] = false;
	}
	count_add(&file->count, lines);
	empty(file);
}

static void try_again(void *arg)
{
	struct file *file = arg;

	file->host->unwatch(file->retry);
	file->retry = NULL;
	file->retry_at = 0;
	file_flush(file);
}

static void keep_for_later(struct file *file, uint64_t delay_ns)
{
	struct cleat_error err = { 0 };

	if (!file->retry &&
	    file->host->watch_timer(file->host, delay_ns, try_again, file, &file->retry, &err) < 0)
		drop_buffer(file);
}

static void failed(struct file *file, int r)
{
	uint64_t delay = r == -EAGAIN ? SOON_NS : RETRY_NS;

	errno = -r;
	if (r != -EAGAIN && !file->failing)
		file->host->log(
			file->host, CLEAT_WARN,
			"cannot write the container's log: %m; going on, lines are dropped and "
			"counted");
	file->failing = file->failing || r != -EAGAIN;
	file->retry_at = now_ns() + delay;
	if (file->how.mode == MODE_NON_BLOCKING)
		keep_for_later(file, delay);
	else
		drop_buffer(file);
}

/* ---- before the first record after one ------------------------------------------------------------- */

/* Close the lines that have lost their end, and say what is missing. In front of what waits. */
static bool say_missing(struct file *file)
{
	char text[64];
	size_t written = 0;
	struct file note = { .how = file->how, .stamp = file->stamp };

	for (int i = 0; i < 2; i++)
		if (file->unclosed[i])
			(void)file_put(&note, i, "", 0, true);
	(void)file_put(&note, 1, text, count_note(&file->count, text), true);
	if (note.end == 0)
		return false;
	int r = file->fd < 0 ? rotate_open(file) : 0;

	if (r == 0)
		r = write_whole(file, note.bytes, note.end, &written);
	free(note.bytes);
	if (r < 0) {
		failed(file, r);
		return false;
	}
	file->count.unsaid = 0;
	file->unclosed[0] = file->unclosed[1] = false;
	return true;
}

void file_flush(struct file *file)
{
	if (file->retry_at && now_ns() < file->retry_at) {
		if (file->how.mode == MODE_BLOCKING)
			drop_buffer(file);
		return;
	}
	file->retry_at = 0;
	/* Non-blocking mode: what waits is older than what was dropped. */
	bool later = file->how.mode == MODE_NON_BLOCKING;

	if (file->count.unsaid && !later && !say_missing(file))
		return;
	int r = write_buffer(file);

	if (r < 0) {
		failed(file, r);
		return;
	}
	empty(file);
	memcpy(file->began, file->partial, sizeof(file->began));
	file->failing = false;
	if (file->count.unsaid)
		(void)say_missing(file);
}
