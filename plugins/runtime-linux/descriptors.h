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

#endif
