/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.h - close many descriptors with few calls. */
#ifndef RUNTIME_LINUX_DESCRIPTORS_H
#define RUNTIME_LINUX_DESCRIPTORS_H

#include <stddef.h>

/**
 * Close those of @fds that are not negative; neighbours in one close_range, and nothing that is not
 * in the list. Allocates nothing. Leaves -1 in each place.
 */
void descriptors_close_all(int *fds, size_t n);
/** Descriptors that nobody needs any more, closed a few at a time and when the scope ends. */
struct descriptors_later {
	int fds[16];
	size_t n;
};

/** @fd may be negative. */
void descriptors_close_later(struct descriptors_later *later, int fd);
void descriptors_later_end(struct descriptors_later *later);
#define _cleanup_later_ __attribute__((cleanup(descriptors_later_end)))

#endif
