/* SPDX-License-Identifier: Apache-2.0 */
/* time_flag.h - --since and --until. */
#ifndef CORE_CLI_TIME_FLAG_H
#define CORE_CLI_TIME_FLAG_H

#include "cli/cli.h"

/** The point in time that --@flag says, in nanoseconds since 1970; *out stays when it was not given. */
int time_flag(struct cli *cli, const char *flag, uint64_t now, uint64_t *out);

#endif
