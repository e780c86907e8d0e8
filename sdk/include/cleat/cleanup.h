/* SPDX-License-Identifier: Apache-2.0 */
/* cleanup.h - memory and descriptors that free themselves when their variable goes out of scope. */
#ifndef CLEAT_CLEANUP_H
#define CLEAT_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/** Run @fn on the address of the variable when its scope ends. */
#define _cleanup_(fn) __attribute__((cleanup(fn), unused)) /* a guard need not be read */

/** free() what a `char *` or other pointer variable holds. errno survives. */
static inline void cleat_freep(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

/** close() the descriptor in an int variable unless it is negative. errno survives. */
static inline void cleat_closep(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* nothing useful can be done about a failing close of an input */
	errno = saved;
}

#define _cleanup_free_  _cleanup_(cleat_freep)
#define _cleanup_close_ _cleanup_(cleat_closep)

/** Hand a descriptor over: returns it and leaves -1 behind, so that cleanup does nothing. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/** Hand a pointer over: yields it and leaves NULL behind. */
#define take_ptr(p)                         \
	(__extension__({                    \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	}))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
