/* SPDX-License-Identifier: Apache-2.0 */
/* table_sets.h - sets of flags that several rows of the table of commands share. */
#ifndef CORE_CLI_TABLE_SETS_H
#define CORE_CLI_TABLE_SETS_H

#include "cli/table.h"

#define RESTART_WORDS                                                                       \
	"no always unless-stopped on-failure on-failure: on-reboot on-success on-abnormal " \
	"on-abort on-unhealthy on-boot"
#define RESTART_OPT_FLAG                                                                       \
	{                                                                                      \
		"restart-opt",                                                                 \
			.list = true, .argument = "KEY=VALUE",                                 \
			.help = "A key of [restart/standard] for this container, for example " \
				"delay-max=10s"                                                \
	}

extern const struct flag limit_flags[]; /* run, create, update */
extern const struct flag run_flags[];
extern const struct flag exec_flags[];

#endif
