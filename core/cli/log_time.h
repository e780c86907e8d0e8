/* SPDX-License-Identifier: Apache-2.0 */
/* log_time.h - points in time as users and log files write them. */
#ifndef CORE_CLI_LOG_TIME_H
#define CORE_CLI_LOG_TIME_H

#include <stddef.h>
#include <stdint.h>

/**
 * "2026-11-22T00:28:31.5Z", "...+01:00", shorter forms down to the day; without a zone local time. The
 * text has @len bytes and need not end. Nanoseconds since 1970. 0 or -EINVAL.
 */
int log_time_rfc3339(const char *text, size_t len, uint64_t *out_ns);
/** That, or seconds since 1970 ("1795307311.5"), or a duration before @now_ns ("10m"). */
int log_time_parse(const char *text, uint64_t now_ns, uint64_t *out_ns);

#endif
