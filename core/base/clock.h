/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - time as nanoseconds in 64 bits, and as RFC 3339 text. */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull

enum { CLOCK_TEXT = 40 };

/** @clock is CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_BOOTTIME. */
uint64_t clock_now(clockid_t clock);
/** "2026-11-21T22:45:43.123456789Z"; @ns since 1970. 0 gives Go's zero time, "0001-01-01T00:00:00Z". */
void clock_rfc3339(uint64_t ns, char out[CLOCK_TEXT]);
/** The kernel's boot id as 36 characters and NUL, "" when unreadable: tells a new boot. */
void clock_boot_id(char out[37]);

#endif
