/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_files.h - a container's log as one sequence of records, across its files.
 *
 * The files are container.log, the newest, and container.log.1 and so on, the higher the older. A file
 * is never written again after it was renamed: so at the end of one whose name has gone to another,
 * its successor is next, and nothing is read twice or left out.
 */
#ifndef CORE_CLI_LOG_FILES_H
#define CORE_CLI_LOG_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/error.h>

#include "cli/log_names.h"
#include "cli/log_record.h"

struct log_files {
	struct log_names names;
	int fd;                   /* the file that is read */
	int older[LOG_FILES_MAX]; /* descriptors that come after it, the last one first */
	int nolder;
	bool has_newest; /* older[0] had the name container.log when it was opened */
	bool is_newest;  /* fd had */
	char *bytes;     /* bytes[start..end) were read, and are no whole record yet */
	size_t start, end, room;
	off_t at;    /* offset of bytes[end] in the file */
	off_t limit; /* of the newest file: not beyond; -1: no limit */
	uint64_t damaged;
	bool is_missed;  /* since the last record files went away before they were read ... */
	uint64_t missed; /* ... so many; 0: unknown */
};

/** @path is that of container.log. Nothing there: success, and no record. */
int log_files_open(struct log_files *files, const char *path, struct cleat_error *err);
void log_files_close(struct log_files *files);
/** Only what is there now. */
void log_files_limit(struct log_files *files);
/** Skip to the last @n lines among those for which @counts says yes. */
void log_files_tail(struct log_files *files, uint64_t n,
		    bool (*counts)(void *arg, const struct log_record *record), void *arg);
/**
 * The next record, valid until the next call. 1, 0: none now, or an error. `is_missed` and `missed` are
 * the caller's to reset.
 */
int log_files_next(struct log_files *files, struct log_record *out, struct cleat_error *err);

#endif
