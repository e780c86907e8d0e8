/* SPDX-License-Identifier: Apache-2.0 */
/* log_journal.h - what a container has said to systemd's journal. */
#ifndef CORE_CLI_LOG_JOURNAL_H
#define CORE_CLI_LOG_JOURNAL_H

#include "cli/log_show.h"

/**
 * Print what the journal behind @socket has of container @id: all of it, or the last @tail lines (UINT64_MAX: all); with
 * @follow until it has ended.
 */
int log_journal(struct cli *cli, const char *id, const char *socket, struct log_show *show,
		uint64_t tail, bool follow);

#endif
