/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - give back what a burst of work has used, before a long wait. */
#ifndef CORE_BASE_MEMORY_H
#define CORE_BASE_MEMORY_H

/**
 * Free pages of the heap, and those of the stack below the caller's frame, go back to the kernel: each
 * is private memory of a process of which there may be hundreds. Thread: the main one.
 */
void memory_settle(void);

#endif
