/* SPDX-License-Identifier: Apache-2.0 */
/* log_end.h - when has a container whose log is followed ended? */
#ifndef CORE_CLI_LOG_END_H
#define CORE_CLI_LOG_END_H

#include "cli/cli.h"

struct log_end {
	struct cli *cli;
	const char *id;
	bool ended, ask_again, left;
};

/** In the arena: a late answer may still look at it. NULL with an error in @cli. */
struct log_end *log_end_new(struct cli *cli, const char *id);
/** Wait at most @timeout_ns for its end, or for what else the loop watches. 0 or -errno. */
int log_end_step(struct log_end *end, uint64_t timeout_ns);
/** Nobody is interested any more. */
void log_end_leave(struct log_end *end);

#endif
