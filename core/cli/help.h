/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - help for the program, a group and a command, made from the table. */
#ifndef CORE_CLI_HELP_H
#define CORE_CLI_HELP_H

#include "base/text.h"
#include "cli/table.h"

void help_program(struct text *out);
void help_group(struct text *out, const struct group *group);
void help_command(struct text *out, const struct command *command);

#endif
