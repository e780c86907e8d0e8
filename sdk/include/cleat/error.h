/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - why a call failed, in one block that needs no allocator. */
#ifndef CLEAT_ERROR_H
#define CLEAT_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A failure: the number for programs, the sentence for people.
 *
 * Every function that can fail takes one as its last argument, never NULL, and fills it exactly
 * when it returns a negative value. 512 bytes, because POSIX makes a pipe write of PIPE_BUF (at
 * least 512) bytes atomic: a half-built container sends this very struct to its parent (pipe(7)).
 */
struct cleat_error {
	int32_t errnum; /**< a positive errno; 0 while nothing has failed */
	char text[508]; /**< "cannot VERB 'OBJECT': REASON", no full stop, always terminated */
};
#ifdef __cplusplus
static_assert(sizeof(struct cleat_error) == 512, "cleat_error is ABI");
#else
_Static_assert(sizeof(struct cleat_error) == 512, "cleat_error is ABI");
#endif

/**
 * Fill @err and return -@errnum, so that a failure is one `return` line.
 *
 * %m prints strerror(@errnum), whatever errno is. Text that does not fit is cut. An @errnum of 0
 * would report success by mistake: it becomes EIO. It is one line: control characters of quoted names
 * become blanks or '?'. Safe between clone and exec: no allocation.
 */
int cleat_fail(struct cleat_error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Put "context: " before the text in @err; returns -err->errnum.
 *
 * Use it only where you know a name that the callee did not know.
 */
int cleat_wrap(struct cleat_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
#endif
