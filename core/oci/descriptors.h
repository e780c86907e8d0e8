/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.h - which of the caller's descriptors the program gets: 0 to 2, and those asked for. */
#ifndef CORE_OCI_DESCRIPTORS_H
#define CORE_OCI_DESCRIPTORS_H

#include "arguments.h"

struct descriptors {
	uint32_t preserve;          /**< 3 .. 3+preserve-1 */
	char listen_fds[32];        /**< "LISTEN_FDS=n", or "" */
	const char *environment[3]; /**< for the program; NULL-ended */
};

/**
 * Count systemd's descriptors (LISTEN_FDS, when LISTEN_PID is us) and --preserve-fds, see that they
 * are open, and mark all others close-on-exec (CVE-2024-21626 class). EBADF.
 */
int descriptors_take(const struct arguments *arguments, struct descriptors *out,
		     struct cleat_error *err);

#endif
