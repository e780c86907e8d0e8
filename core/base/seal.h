/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - a running program that nobody inside a container can overwrite.
 *
 * What runs in a container can reach the program that started it by /proc/self/exe or
 * /proc/PID/exe, keep it open, and write to it once it is no longer busy (CVE-2019-5736). So the
 * program runs itself again from a read-only copy of its own mount, which nothing inside can make
 * writable; where that is not to be had, from a sealed copy in memory. A static program does the former before
 * anything else (seal_entry.c); this is what judges it, and does it where that was not done.
 */
#ifndef CORE_BASE_SEAL_H
#define CORE_BASE_SEAL_H

#include <stddef.h>

#include <cleat/error.h>

/** In the environment, from the first life to the second: the path gets lost. */
#define SEAL_TOLD_BY "CLEAT_SEALED_PATH"

/**
 * Returns 0 in a program that is protected; the first call in one that is not runs it again with
 * @argv from its beginning. Descriptors and environment stay. Only for root: nobody else's container
 * could write to a program of root's.
 */
int seal_program(char *const argv[], struct cleat_error *err);
/** Path of the running program, as /proc/self/exe gives it without a seal. 0 or -errno. */
int seal_program_path(char *out, size_t room);

#endif
