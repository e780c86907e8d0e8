/* SPDX-License-Identifier: Apache-2.0 */
/* json_flag.h - --json, and --format with the two values that mean the same. */
#ifndef CORE_CLI_JSON_FLAG_H
#define CORE_CLI_JSON_FLAG_H

#include "cli/cli.h"

/** Is JSON wanted? Another --format is refused. */
int json_flag(struct cli *cli, bool *out);

#endif
