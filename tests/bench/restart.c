/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.c - the program that bench restart.py restarts: it writes when it began and when it is about to end, both
 * on CLOCK_BOOTTIME, which containers share with their host, to the file that it is given.
 *
 * Its first instruction is as near to the kernel's execve as a C program gets: static, nothing before main.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long began = now();
	char line[64];

	if (argc != 3)
		return 2;
	int fd = open(argv[1], O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return 2;
	(void)usleep((unsigned int)atoi(argv[2]) * 1000);
	int n = snprintf(line, sizeof(line), "%lld %lld\n", began, now());

	return write(fd, line, (size_t)n) == n ? 1 : 2;
}
