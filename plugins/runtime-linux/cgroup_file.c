/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_file.c - read and write the small files of a cgroup directory. */
#include "cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#define MAX_FILE ((size_t)16 << 20)
#define SHORT    2048 /* a page less the longest line of a cgroup file */

static int write_once(int fd, const char *text, size_t len)
{
	ssize_t n;

	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int cgroup_file_write(int dir_fd, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : write_once(fd, value, strlen(value));
}

int cgroup_file_write_lines(int dir_fd, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (*value) {
		size_t len = strcspn(value, "\n");
		int rc = len ? write_once(fd, value, len) : 0;

		if (rc < 0)
			return rc;
		value += len + (value[len] == '\n');
	}
	return 0;
}

int cgroup_file_read(int dir_fd, const char *name, char *text, size_t size)
{
	*text = '\0';
	_cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == size)
			return -E2BIG;
		/* The kernel fills a page before it hands out less than was asked for: that was all. */
		if (dir_fd != AT_FDCWD && len < SHORT)
			break;
	}
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return (int)len;
}

int cgroup_file_read_all(int dir_fd, const char *name, char **out)
{
	_cleanup_free_ char *text = NULL;

	/* A mount table of eighty lines fits at once; pages that are not filled are not there. */
	for (size_t size = 16384; size <= MAX_FILE; size *= 4) {
		char *bigger = realloc(text, size);

		if (!bigger)
			return -ENOMEM;
		text = bigger;
		int n = cgroup_file_read(dir_fd, name, text, size);

		if (n >= 0)
			*out = take_ptr(text);
		if (n != -E2BIG)
			return n;
	}
	return -E2BIG;
}

/* The number that @text begins with; "max" too. */
static int number_at(const char *text, uint64_t *out)
{
	char *end = NULL;
	bool negative = *text == '-';

	if (strncmp(text, "max", 3) == 0) {
		*out = UINT64_MAX;
		return 0;
	}
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);

	if (errno != 0 || end == text)
		return -EINVAL;
	*out = negative ? UINT64_MAX : value; /* version 1 writes "no limit" as -1 in places */
	return 0;
}

int cgroup_file_number(int dir_fd, const char *name, uint64_t *out)
{
	char text[64];
	int n = cgroup_file_read(dir_fd, name, text, sizeof(text));

	return n < 0 ? n : number_at(text, out);
}

int cgroup_text_key(const char *text, const char *key, uint64_t *out)
{
	size_t len = strlen(key);

	for (const char *line = text; *line;) {
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return number_at(line + len + 1, out);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return -ENODATA;
}

int cgroup_file_key(int dir_fd, const char *name, const char *key, uint64_t *out)
{
	_cleanup_free_ char *text = NULL;
	int n = cgroup_file_read_all(dir_fd, name, &text);

	return n < 0 ? n : cgroup_text_key(text, key, out);
}
