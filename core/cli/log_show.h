/* SPDX-License-Identifier: Apache-2.0 */
/* log_show.h - records as the lines that they were, on the stream that they were on. */
#ifndef CORE_CLI_LOG_SHOW_H
#define CORE_CLI_LOG_SHOW_H

#include "cli/cli.h"
#include "cli/log_files.h"

struct log_show {
	uint64_t since, until; /* nanoseconds since 1970; until 0: no end */
	bool stamps;
	bool inside[2]; /* the last record of stdout, of stderr did not end its line */
	bool was_err;   /* the last record was of stderr */
	bool over;      /* a record of `until` or later was seen, or nobody reads any more */
};

/** Is the record of the time that was asked for? */
bool log_show_wants(void *show, const struct log_record *record);
/** Print it, when it is wanted. */
void log_show_record(struct log_show *show, const struct log_record *record);
/** Nothing waits to be written any more. */
void log_show_flush(struct log_show *show);
/** Print all records that are there now. */
int log_show_all(struct log_show *show, struct log_files *files, struct cleat_error *err);

/* ---- log_follow.c ---- */
/** Print until the container @id has ended and everything was read. */
int log_follow(struct cli *cli, const char *id, struct log_show *show, struct log_files *files);
/** How long one who follows may wait: until the time of --until, for ever without. Nanoseconds. */
uint64_t log_follow_patience(const struct log_show *show);

#endif
