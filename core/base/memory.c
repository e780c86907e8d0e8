/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - give back what a burst of work has used, before a long wait.
 *
 * What a deep call has written to the stack stays in memory after its return. A stack grows down, and
 * nothing below the red zone (128 bytes) and the calls made here has a meaning; the kernel fills these pages with zeros
 * when they are used again.
 */
#include "memory.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RED_ZONE = 512, DEEPEST = 1 << 20 };

void memory_settle(void)
{
	char here = 0;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)&here - RED_ZONE) & ~(page - 1);

	(void)malloc_trim(0);
	/* ENOMEM: the stack never came down that far, and the part that did is done */
	(void)madvise((void *)(end - DEEPEST), DEEPEST, MADV_DONTNEED);
}
