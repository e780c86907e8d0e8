/* SPDX-License-Identifier: Apache-2.0 */
/* env.h - variables from -e and --env-file. */
#ifndef CORE_CLI_ENV_H
#define CORE_CLI_ENV_H

#include "cli/cli.h"

/**
 * The variables of --env-file, then of -e, as "NAME=VALUE" in order. A bare NAME takes its value from
 * this process, and is left out when it has none. EINVAL names the line.
 */
int env_collect(struct cli *cli, char ***out, size_t *out_n);
/** Lines of a file's content; @name for errors. */
int env_parse_file(struct arena *arena, const char *name, char *content, char ***out, size_t *out_n,
		   struct cleat_error *err);

#endif
