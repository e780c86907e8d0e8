/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_log.c - the latest events in memory and in a file.
 *
 * A record in the file is its length (u32, little-endian) and its bytes, written by one write. Where a
 * torn or damaged record begins, reading ends, and the file is written anew from what was read.
 */
#include "task/event_log.h"

#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static const char file_name[] = "events";

const struct event_record *event_log_at(const struct event_log *log, size_t i)
{
	return &log->ring[(log->first + i) % EVENT_LOG_COUNT];
}

/* ---- memory ---------------------------------------------------------------------------------------- */
static void drop_oldest(struct event_log *log)
{
	struct event_record *oldest = &log->ring[log->first];

	log->bytes -= oldest->len;
	free(oldest->bytes);
	*oldest = (struct event_record){ 0 };
	log->first = (log->first + 1) % EVENT_LOG_COUNT;
	log->n--;
}

static int keep(struct event_log *log, const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, len);
	while (log->n && (log->n == EVENT_LOG_COUNT || log->bytes + len > EVENT_LOG_BYTES))
		drop_oldest(log);
	log->ring[(log->first + log->n) % EVENT_LOG_COUNT] =
		(struct event_record){ .len = (uint32_t)len, .bytes = copy };
	log->n++;
	log->bytes += len;
	return 0;
}

/* ---- the file -------------------------------------------------------------------------------------- */
static void put_record(struct text *out, const void *bytes, uint32_t len)
{
	uint8_t head[4] = { (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
			    (uint8_t)(len >> 24) };

	text_add_bytes(out, head, sizeof(head));
	text_add_bytes(out, bytes, len);
}

static uint32_t get_length(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The bytes that were whole records. */
static size_t take_up(struct event_log *log, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	while (len - at >= 4) {
		uint32_t record = get_length(bytes + at);

		if (!record || record > EVENT_LOG_RECORD || record > len - at - 4 ||
		    keep(log, bytes + at + 4, record) < 0)
			break;
		at += 4 + record;
	}
	return at;
}

static void say_deaf(struct event_log *log, const char *why)
{
	if (!log->deaf)
		log_line(CLEAT_WARN, "events are kept in memory alone: %s", why);
	log->deaf = true;
}

static void open_to_append(struct event_log *log)
{
	struct stat st;

	log->fd = openat(log->root_fd, file_name,
			 O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (log->fd < 0 || fstat(log->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		say_deaf(log, log->fd < 0 ? strerror(errno) : "it is no regular file");
		if (log->fd >= 0)
			(void)close(log->fd);
		log->fd = -1;
		return;
	}
	log->file_size = (size_t)st.st_size;
}

static void write_anew(struct event_log *log)
{
	_cleanup_text_ struct text all = { 0 };
	struct cleat_error err = { 0 };

	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = -1;
	for (size_t i = 0; i < log->n; i++)
		put_record(&all, event_log_at(log, i)->bytes, event_log_at(log, i)->len);
	if (all.failed)
		say_deaf(log, "out of memory");
	else if (file_replace(log->root_fd, file_name, all.bytes, all.len, 0600, false, &err) < 0)
		say_deaf(log, err.text);
	else
		open_to_append(log);
}

static void append(struct event_log *log, const void *bytes, size_t len)
{
	_cleanup_text_ struct text record = { 0 };

	put_record(&record, bytes, (uint32_t)len);
	ssize_t n = record.failed ? -1 : write(log->fd, record.bytes, record.len);

	if (n == (ssize_t)record.len) {
		log->file_size += record.len;
		log->deaf = false;
		return;
	}
	say_deaf(log, record.failed ? "out of memory"
		      : n < 0       ? strerror(errno)
				    : "the disk is full");
	/* Half a record would hide all that follow it. */
	if (n > 0 && ftruncate(log->fd, (off_t)log->file_size) < 0)
		log->file_size = EVENT_LOG_FILE;
}

int event_log_open(struct event_log *log, int root_fd, struct cleat_error *err)
{
	_cleanup_free_ char *bytes = NULL;
	size_t len = 0;

	log->root_fd = root_fd;
	log->fd = -1;
	int r = fd_read_file(root_fd, file_name, (size_t)2 * EVENT_LOG_FILE, &bytes, &len, err);

	if (r < 0 && r != -ENOENT) {
		log_line(CLEAT_WARN, "earlier events are lost: %s", err->text);
		*err = (struct cleat_error){ 0 };
		write_anew(log);
		return 0;
	}
	if (take_up(log, (const uint8_t *)bytes, len) < len)
		write_anew(log);
	else
		open_to_append(log);
	return 0;
}

void event_log_close(struct event_log *log)
{
	while (log->n)
		drop_oldest(log);
	if (log->fd >= 0)
		(void)close(log->fd);
	log->fd = -1;
}

void event_log_add(struct event_log *log, const void *bytes, size_t len)
{
	if (!len || len > EVENT_LOG_RECORD)
		return;
	if (keep(log, bytes, len) < 0)
		say_deaf(log, "out of memory");
	if (log->file_size + len + 4 > EVENT_LOG_FILE)
		write_anew(log);
	else if (log->fd >= 0)
		append(log, bytes, len);
}
