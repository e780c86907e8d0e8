/* SPDX-License-Identifier: Apache-2.0 */
/* table_sets.h - sets of flags that several rows of the table of commands share. */
#ifndef CORE_CLI_TABLE_SETS_H
#define CORE_CLI_TABLE_SETS_H

#include "cli/table.h"

extern const struct flag limit_flags[]; /* run, create, update */
extern const struct flag run_flags[];
extern const struct flag exec_flags[];

#endif
