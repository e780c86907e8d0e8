/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_flag.h - lines for programs: --json, an object a line, or --format, some of its fields.
 *
 * Whoever prints such a line prints the object by json_line; the flag decides what is seen of it.
 */
#ifndef CORE_CLI_JSON_FLAG_H
#define CORE_CLI_JSON_FLAG_H

#include "cli/cli.h"

/** Are lines for programs wanted? A --format that is no template is refused. */
int json_flag(struct cli *cli, bool *out);
/** Print @object, or its fields that --format names. NULL, for want of memory: an empty line. */
void json_line(struct cli *cli, const char *object);

#endif
