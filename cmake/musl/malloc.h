/* SPDX-License-Identifier: Apache-2.0 */
/* malloc.h - musl's, and glibc's knobs, which have nothing to turn here: musl gives memory back by itself. */
#ifndef CLEAT_MUSL_MALLOC_H
#define CLEAT_MUSL_MALLOC_H

#include_next <malloc.h>

#define M_TRIM_THRESHOLD (-1)
#define M_TOP_PAD        (-2)
#define M_MMAP_THRESHOLD (-3)
#define M_ARENA_MAX      (-8)

static inline int mallopt(int what, int value)
{
	(void)what;
	(void)value;
	return 1;
}

static inline int malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

#endif
