/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.c - close many descriptors with few calls. */
#include "descriptors.h"

#include "syscalls.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

void descriptors_close_all(int *fds, size_t n)
{
	int saved = errno;

	if (n == 0) /* then there may be no array, which qsort must not be given */
		return;
	/* so short that it needs no memory */
	qsort(fds, n, sizeof(*fds), by_number);
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		while (end < n && fds[i] >= 0 && fds[end] == fds[end - 1] + 1)
			end++;
		if (fds[i] >= 0 && end - i > 1)
			(void)sys_close_range((unsigned)fds[i], (unsigned)fds[end - 1], 0);
		else if (fds[i] >= 0)
			(void)close(fds[i]);
		i = end;
	}
	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	errno = saved;
}

void descriptors_later_end(struct descriptors_later *later)
{
	descriptors_close_all(later->fds, later->n);
	later->n = 0;
}

void descriptors_close_later(struct descriptors_later *later, int fd)
{
	later->fds[later->n++] = fd;
	if (later->n == sizeof(later->fds) / sizeof(later->fds[0]))
		descriptors_later_end(later);
}
