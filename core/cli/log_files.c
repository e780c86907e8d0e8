/* SPDX-License-Identifier: Apache-2.0 */
/* log_files.c - a container's log as one sequence of records, across its files. */
#include "cli/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/text.h"

enum { ROUND = 256 << 10, LONGEST = 16 << 20 };

/* ---- which files ---------------------------------------------------------------------------------- */

static void close_all(struct log_files *files)
{
	while (files->nolder > 0)
		(void)close(files->older[--files->nolder]);
}

static void begin(struct log_files *files, int fd, bool is_newest)
{
	cleat_closep(&files->fd);
	files->fd = fd;
	files->is_newest = is_newest;
	files->start = files->end = 0;
	files->at = 0;
}

static void next_older(struct log_files *files)
{
	int fd = files->older[--files->nolder];

	begin(files, fd, files->nolder == 0 && files->has_newest);
}

int log_files_open(struct log_files *files, const char *path, struct cleat_error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	*files = (struct log_files){ .names.dir = -1, .fd = -1, .limit = -1 };
	if (!dir || !(files->names.name = strdup(slash + 1)))
		return cleat_fail(err, slash ? ENOMEM : EINVAL, "cannot read log '%s'", path);
	files->names.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->names.dir < 0 && errno == ENOENT)
		return 0;
	if (files->names.dir < 0)
		return cleat_fail(err, errno, "cannot open log directory '%s': %m", dir);
	files->nolder = log_names_list(&files->names, files->older, &files->has_newest);
	if (files->nolder > 0)
		next_older(files);
	return 0;
}

void log_files_close(struct log_files *files)
{
	close_all(files);
	cleat_closep(&files->fd);
	cleat_closep(&files->names.dir);
	free(files->names.name);
	free(files->bytes);
	*files = (struct log_files){ .names.dir = -1, .fd = -1 };
}

void log_files_limit(struct log_files *files)
{
	struct stat st;
	int newest = files->nolder ? files->older[0] : files->fd;

	files->limit = newest >= 0 && fstat(newest, &st) == 0 ? st.st_size : 0;
}

/* ---- the successor of a file that was renamed -------------------------------------------------------- */

static bool look_for_successor(struct log_files *files)
{
	struct log_next next = log_names_next(&files->names, files->fd);

	if (next.fd < 0)
		return false;
	files->is_missed = files->is_missed || next.is_missed;
	files->missed += next.missed;
	begin(files, next.fd, next.is_newest);
	return true;
}

/* Has another file got the name container.log? */
static bool was_renamed(const struct log_files *files)
{
	_cleanup_close_ int newest = log_names_open(&files->names, 0);

	return newest < 0 ? errno == ENOENT : !log_names_same(newest, files->fd);
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

static int make_room(struct log_files *files, struct cleat_error *err)
{
	size_t waiting = files->end - files->start;

	if (files->start) {
		memmove(files->bytes, files->bytes + files->start, waiting);
		files->start = 0;
		files->end = waiting;
	}
	if (waiting > LONGEST) { /* that is no record */
		files->damaged++;
		files->start = files->end = 0;
	}
	if (files->room >= files->end + ROUND)
		return 0;
	char *bytes = realloc(files->bytes, files->end + 2 * (size_t)ROUND);

	if (!bytes)
		return cleat_fail(err, ENOMEM, "cannot read the log: out of memory");
	files->bytes = bytes;
	files->room = files->end + 2 * (size_t)ROUND;
	return 0;
}

/*
 * The file ends before the place up to which we have read it. Half a record was taken back because the
 * disk is full: forget it as well. Or it was emptied by somebody else (copytruncate): begin again.
 */
static void cut(struct log_files *files, off_t size)
{
	off_t taken = files->at - (off_t)(files->end - files->start);

	files->end = size >= taken ? files->start + (size_t)(size - taken) : files->start;
	files->at = size >= taken ? size : 0;
}

/* 1: more bytes, 0: none. */
static int read_more(struct log_files *files, struct cleat_error *err)
{
	size_t wanted = ROUND;
	struct stat st;
	int r = make_room(files, err);

	if (r < 0)
		return r;
	if (files->limit >= 0 && files->is_newest) {
		off_t left = files->limit - files->at;

		wanted = left < ROUND ? (size_t)(left > 0 ? left : 0) : wanted;
	}
	ssize_t n = wanted ? pread(files->fd, files->bytes + files->end, wanted, files->at) : 0;

	if (n < 0)
		return cleat_fail(err, errno, "cannot read the log: %m");
	files->end += (size_t)n;
	files->at += n;
	if (n == 0 && wanted && fstat(files->fd, &st) == 0 && st.st_size < files->at)
		cut(files, st.st_size);
	return n > 0;
}

/* At the end of a file: 1 when there is another one to read. */
static int go_on(struct log_files *files, struct cleat_error *err)
{
	if (files->start < files->end && (files->nolder > 0 || !files->is_newest))
		files->damaged++; /* half a record at the end of a finished file */
	if (files->nolder > 0) {
		next_older(files);
		return 1;
	}
	if (files->limit >= 0 || (files->is_newest && !was_renamed(files)))
		return 0;
	/* what came between our last look and the renaming */
	int r = read_more(files, err);

	return r != 0 ? r : look_for_successor(files);
}

/* ---- records --------------------------------------------------------------------------------------------- */

static bool take_record(struct log_files *files, struct log_record *out)
{
	while (files->start < files->end) {
		char *record = files->bytes + files->start;
		const char *newline = memchr(record, '\n', files->end - files->start);

		if (!newline)
			return false;
		files->start += (size_t)(newline - record) + 1;
		if (log_record_parse(record, (size_t)(newline - record), out))
			return true;
		files->damaged++;
	}
	return false;
}

int log_files_next(struct log_files *files, struct log_record *out, struct cleat_error *err)
{
	int r = 1;

	while (r > 0) {
		if (files->fd < 0) { /* the first file may come later */
			int fd = files->names.dir < 0 ? -1 : log_names_open(&files->names, 0);

			if (fd < 0)
				return 0;
			begin(files, fd, true);
		}
		if (take_record(files, out))
			return 1;
		r = read_more(files, err);
		if (r == 0)
			r = go_on(files, err);
	}
	return r;
}

/* ---- the last lines --------------------------------------------------------------------------------------- */

struct tail {
	uint64_t wanted, found;
	bool (*counts)(void *arg, const struct log_record *record);
	void *arg;
	bool last; /* no record has been seen yet: an unfinished line counts as one */
};

/* Does the search end behind this record? */
static bool is_enough(struct tail *tail, char *bytes, size_t len)
{
	struct log_record record;

	if (!log_record_parse(bytes, len, &record) || !tail->counts(tail->arg, &record))
		return false;
	if (!record.full && !tail->last)
		return false; /* part of a line that is counted already */
	tail->last = false;
	return ++tail->found > tail->wanted;
}

/*
 * Look at the records in bytes[0..len), the last one first. @whole: bytes begin with a record. True: the
 * search is over, and *out_end is behind the record that ended it; else before those that were seen.
 */
static bool search_window(char *bytes, size_t len, bool whole, struct tail *tail, size_t *out_end)
{
	char *newline = memrchr(bytes, '\n', len);

	while (newline) {
		char *before = memrchr(bytes, '\n', (size_t)(newline - bytes));
		char *record = before ? before + 1 : bytes;

		*out_end = (size_t)(newline - bytes) + 1;
		if (!before && !whole)
			return false; /* its beginning is further back */
		if (is_enough(tail, record, (size_t)(newline - record)))
			return true;
		newline = before;
	}
	*out_end = 0;
	return false;
}

/* From @end of @fd to its beginning. The offset from which to read; -1: all of it does not suffice. */
static off_t search(int fd, off_t end, struct tail *tail)
{
	_cleanup_free_ char *bytes = malloc(LONGEST);
	size_t room = ROUND;

	while (bytes && end > 0) {
		off_t from = end > (off_t)room ? end - (off_t)room : 0;
		ssize_t n = pread(fd, bytes, (size_t)(end - from), from);
		size_t left = 0;

		if (n != end - from)
			return -1;
		if (search_window(bytes, (size_t)n, from == 0, tail, &left))
			return from + (off_t)left;
		if (from == 0)
			return -1;
		if (left > 0 && left < (size_t)n) { /* some were seen */
			end = from + (off_t)left;
			room = ROUND;
		} else if (room < LONGEST) { /* not one is whole in here: more */
			room *= 2;
		} else {
			end = from;
		}
	}
	return -1;
}

void log_files_tail(struct log_files *files, uint64_t n,
		    bool (*counts)(void *arg, const struct log_record *record), void *arg)
{
	struct tail tail = { .wanted = n, .counts = counts, .arg = arg, .last = true };
	int newest_first[LOG_FILES_MAX + 1];
	int count = 0;

	if (files->fd < 0)
		return;
	for (int i = 0; i < files->nolder; i++)
		newest_first[count++] = files->older[i];
	newest_first[count++] = files->fd;
	for (int i = 0; i < count; i++) {
		struct stat st;
		off_t size = fstat(newest_first[i], &st) == 0 ? st.st_size : 0;
		off_t from = search(newest_first[i],
				    i == 0 && files->limit >= 0 ? files->limit : size, &tail);

		if (from < 0)
			continue;
		while (files->nolder > i)
			next_older(files);
		files->at = from;
		return;
	}
}
