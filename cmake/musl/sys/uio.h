/* SPDX-License-Identifier: Apache-2.0 */
/* sys/uio.h - musl's, and pwritev2(2). */
#ifndef CLEAT_MUSL_UIO_H
#define CLEAT_MUSL_UIO_H

#include_next <sys/uio.h>

#ifndef RWF_NOWAIT
#include <sys/syscall.h>
#include <unistd.h>
#define RWF_NOWAIT 0x00000008

static inline ssize_t pwritev2(int fd, const struct iovec *vector, int n, off_t offset, int flags)
{
	/* the offset comes in two halves, the upper of which only machines of 32 bits need */
	return syscall(SYS_pwritev2, fd, vector, n, (long)offset, 0L, flags);
}
#endif

#endif
