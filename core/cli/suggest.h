/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h - mistyped commands and flags, answered with the nearest one there is. */
#ifndef CORE_CLI_SUGGEST_H
#define CORE_CLI_SUGGEST_H

#include <stddef.h>

#include <cleat/error.h>

#include "cli/table.h"

/** EINVAL: "unknown flag --memroy; did you mean --memory?". @command NULL: only global flags. */
int suggest_flag(const struct command *command, const char *name, size_t len,
		 struct cleat_error *err);
/**
 * EINVAL: "unknown command 'rnu'; did you mean 'run'?". @words: what was typed, of which only the first
 * word, or the first two of docker's (`container sl`), are looked at. @group NULL: among all commands.
 */
int suggest_command(const struct group *group, char *const *words, struct cleat_error *err);

#endif
