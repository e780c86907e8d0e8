/* SPDX-License-Identifier: Apache-2.0 */
/* space.h - stop before the disk is full: the only honest limit for what an archive unpacks to. */
#ifndef IMAGE_LAYER_SPACE_H
#define IMAGE_LAYER_SPACE_H

#include <stdint.h>

#include <cleat/error.h>

struct space {
	int fd;            /* on the filesystem that is written to; borrowed */
	uint64_t unlooked; /* bytes written since we looked */
};

/** @bytes more were written. ENOSPC when less than 1 % (at most 64 MiB) or no inode is left. */
int space_used(struct space *space, uint64_t bytes, struct cleat_error *err);

#endif
