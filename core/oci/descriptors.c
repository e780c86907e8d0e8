/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.c - which of the caller's descriptors the program gets. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST = 3, MAX_PRESERVED = 1 << 16 };

static uint32_t listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	uint32_t number = 0;

	if (!pid || !count || text_to_u32(pid, &number) < 0 || number != (uint32_t)getpid())
		return 0;
	return text_to_u32(count, &number) < 0 || number > MAX_PRESERVED ? 0 : number;
}

/* Kernels before 5.11 lack the flag: then one by one, over what /proc would list. */
static void mark_from(unsigned first)
{
	if (syscall(SYS_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	long max = sysconf(_SC_OPEN_MAX);

	for (unsigned fd = first; fd < (max > 0 ? (unsigned)max : 1024u); fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC); /* EBADF for most of them */
}

int descriptors_take(const struct arguments *arguments, struct descriptors *out,
		     struct cleat_error *err)
{
	uint32_t listening = listen_fds();

	*out = (struct descriptors){ 0 };
	if (arguments->preserve_fds > MAX_PRESERVED)
		return cleat_fail(err, EINVAL, "cannot preserve %u descriptors: at most %d",
				  arguments->preserve_fds, MAX_PRESERVED);
	out->preserve = arguments->preserve_fds + listening;
	for (uint32_t i = 0; i < out->preserve; i++)
		if (fcntl((int)(FIRST + i), F_GETFD) < 0)
			return cleat_fail(err, EBADF,
					  "cannot pass descriptor %u on: it is not open",
					  FIRST + i);
	mark_from(FIRST + out->preserve);
	if (listening) {
		(void)snprintf(out->listen_fds, sizeof(out->listen_fds), "LISTEN_FDS=%u",
			       listening);
		out->environment[0] = out->listen_fds;
		out->environment[1] = "LISTEN_PID=1";
	}
	return 0;
}
