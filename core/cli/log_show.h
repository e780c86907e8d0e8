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
	bool over;      /* a record of `until` or later was seen, or nobody reads any more */
};

/** Is the record of the time that was asked for? */
bool log_show_wants(void *show, const struct log_record *record);
/** Print all records that are there now. */
int log_show_all(struct log_show *show, struct log_files *files, struct cleat_error *err);

/* ---- log_follow.c ---- */
/** Print until the container @id has ended and everything was read. */
int log_follow(struct cli *cli, const char *id, struct log_show *show, struct log_files *files);

#endif
