/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_names.h - which file of a log is which, while its names move on.
 *
 * container.log is the newest, container.log.1 the one before, and so on. A rotation renames the
 * highest number first, so while it lasts one number is missing and there is more behind it; a writer
 * that is killed then leaves such a gap for ever. A file that got no further number is gone: its last
 * name went to its successor.
 */
#ifndef CORE_CLI_LOG_NAMES_H
#define CORE_CLI_LOG_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { LOG_FILES_MAX = 1000 };

struct log_names {
	int dir;
	char *name; /* "container.log" */
};

/** What we know of the file that comes after another. */
struct log_next {
	int fd; /* -1: there is none yet */
	bool is_newest;
	bool is_missed;  /* there were files between the two; they are gone */
	uint64_t missed; /* so many; 0: unknown */
};

/** The descriptor of number @i, 0 the newest; -1 with errno. */
int log_names_open(const struct log_names *names, int i);
/** Are both the same file? */
bool log_names_same(int a, int b);
/**
 * All files, the newest first, each once, into fds[LOG_FILES_MAX]. Their number; *out_newest: the first
 * is container.log itself.
 */
int log_names_list(const struct log_names *names, int *fds, bool *out_newest);
/** The file that comes after @fd, which is not container.log any more. */
struct log_next log_names_next(const struct log_names *names, int fd);

#endif
