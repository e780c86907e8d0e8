/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count.c - how many lines did not get into the log.
 *
 * The number is kept in a file of fixed size beside the log: it was given its space when there was some,
 * so it can be written when there is none.
 */
#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum { COUNT_TEXT = 21 };

static void save(const struct count *count)
{
	char text[COUNT_TEXT + 1];

	(void)snprintf(text, sizeof(text), "%020llu\n", (unsigned long long)count->ever);
	if (count->fd >= 0) /* best effort: the log itself will say it as well */
		(void)!pwrite(count->fd, text, COUNT_TEXT, 0);
}

void count_open(struct count *count, int dir)
{
	char text[COUNT_TEXT + 1] = "";

	count->fd = openat(dir, "dropped", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (count->fd < 0)
		return;
	if (pread(count->fd, text, COUNT_TEXT, 0) > 0)
		count->ever = strtoull(text, NULL, 10);
	save(count);
}

void count_add(struct count *count, uint64_t lines)
{
	if (lines == 0)
		return;
	count->ever += lines;
	count->unsaid += lines;
	save(count);
}

size_t count_note(const struct count *count, char out[64])
{
	return (size_t)snprintf(out, 64, "[cleat: %llu lines dropped]",
				(unsigned long long)count->unsaid);
}

void count_close(struct count *count)
{
	cleat_closep(&count->fd);
	count->fd = -1;
}
