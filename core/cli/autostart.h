/* SPDX-License-Identifier: Apache-2.0 */
/* autostart.h - start cleatd when it is not running, as tmux does its server. */
#ifndef CORE_CLI_AUTOSTART_H
#define CORE_CLI_AUTOSTART_H

#include "cli/cli.h"
#include "config/config.h"

/**
 * Start cleatd, or wait for somebody who is just doing so. A connected socket, or a negative errno
 * with the reason in cli->err: the last line that the daemon wrote to its log. At most 10 s.
 */
int autostart(struct cli *cli, const struct config *config);

/** The last line of @len bytes of log, without the time stamp in front; "" when there is none. */
char *autostart_last_line(struct arena *arena, const char *log, size_t len);
/** The environment that cleatd gets from @environ: PATH, LANG, CLEAT_*. */
char **autostart_environment(struct arena *arena, char *const *environment, const char *config);

#endif
