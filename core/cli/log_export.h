/* SPDX-License-Identifier: Apache-2.0 */
/* log_export.h - entries of systemd's journal, as `journalctl -o export` writes them. */
#ifndef CORE_CLI_LOG_EXPORT_H
#define CORE_CLI_LOG_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/log_record.h"

struct log_entry {
	struct log_record record; /* its stamp may be in `stamp` */
	const char *cursor, *epoch;
	size_t cursor_len, epoch_len;
	uint64_t ordinal; /* 0: none */
	char stamp[40];
};

/**
 * The first entry of bytes[0..len); what it points to is there. The bytes that it takes, 0: it is not whole
 * yet, -1: that is no such text.
 */
ptrdiff_t log_export_next(const char *bytes, size_t len, struct log_entry *out);

#endif
