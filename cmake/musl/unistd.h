/* SPDX-License-Identifier: Apache-2.0 */
/* unistd.h - musl's, close_range(2) and TEMP_FAILURE_RETRY, which glibc has there. */
#ifndef CLEAT_MUSL_UNISTD_H
#define CLEAT_MUSL_UNISTD_H

#include_next <unistd.h>
#include <sys/syscall.h>

#ifndef TEMP_FAILURE_RETRY
#include <errno.h>
#define TEMP_FAILURE_RETRY(call)                                        \
	({                                                              \
		long retry_;                                            \
		while ((retry_ = (long)(call)) == -1 && errno == EINTR) \
			;                                               \
		retry_;                                                 \
	})
#endif

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)

static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}
#endif

#endif
