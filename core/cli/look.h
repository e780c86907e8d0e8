/* SPDX-License-Identifier: Apache-2.0 */
/* look.h - configuration and plugins as `cleat plugins` and `cleat config` see them: without a daemon. */
#ifndef CORE_CLI_LOOK_H
#define CORE_CLI_LOOK_H

#include "cli/cli.h"
#include "plugin/registry.h"

/** Open cli->config and every plugin, without init. @keep_going: a refused plugin is listed. */
int look_open(struct cli *cli, bool keep_going, struct registry **out);
/** Print each element of the JSON array @array on a line of its own. */
int look_print_lines(struct cli *cli, const char *array);

#endif
