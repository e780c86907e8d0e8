/* SPDX-License-Identifier: Apache-2.0 */
/* log_record.h - one record of a container's log, in either format. */
#ifndef CORE_CLI_LOG_RECORD_H
#define CORE_CLI_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>

struct log_record {
	const char *text; /* without the newline */
	size_t len;
	const char *stamp; /* RFC 3339 */
	size_t stamp_len;
	bool is_err, full; /* full: this ends a line */
};

/**
 * Read the record in bytes[0..len), its newline not included. docker's JSON is unescaped in place.
 * False: it is damaged.
 */
bool log_record_parse(char *bytes, size_t len, struct log_record *out);

#endif
