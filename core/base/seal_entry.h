/* SPDX-License-Identifier: Apache-2.0 */
/* seal_entry.h - what a program that begins in seal_entry.c (cleat_seals() of CleatTargets.cmake) has to say. */
#ifndef CORE_BASE_SEAL_ENTRY_H
#define CORE_BASE_SEAL_ENTRY_H

/**
 * The arguments with which seal_program will be called, each with its NUL and an empty one at the end:
 * "create\0run\0". One string: a table of pointers would have to be relocated first.
 */
extern const char seal_words[] __attribute__((visibility("hidden")));

/** Called by the entry with the stack that the kernel has made. Returns when there is nothing to do or it fails. */
void seal_before_start(long *stack) __attribute__((visibility("hidden")));

#endif
