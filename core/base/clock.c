/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - clocks of the kernel. */
#include "clock.h"

#include <cleat/cleanup.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t clock_now(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now); /* cannot fail for the clocks we name */
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void clock_rfc3339(uint64_t ns, char out[CLOCK_TEXT])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;
	char day[24];

	if (ns == 0) {
		(void)snprintf(out, CLOCK_TEXT, "0001-01-01T00:00:00Z");
		return;
	}
	(void)gmtime_r(&seconds, &tm);
	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out, CLOCK_TEXT, "%s.%09uZ", day, (unsigned)(ns % NS_PER_S));
}

void clock_boot_id(char out[37])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 36);

	out[n > 0 ? n : 0] = '\0';
#ifdef CLEAT_FAIL_POINTS
	const char *other = getenv("CLEAT_BOOT_ID"); /* a story reboots the machine */

	if (other)
		(void)snprintf(out, 37, "%s", other);
#endif
}
