/* SPDX-License-Identifier: Apache-2.0 */
/* passwd.c - one bounded reader of lines, three questions. */
#include "passwd.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 4 << 20, MAX_LINE = 1023, MAX_FIELDS = 7 };

int passwd_number(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (const char *c = text; *c; c++)
		if (*c < '0' || *c > '9')
			return -EINVAL;
	for (const char *c = text; *c; c++) {
		value = value * 10 + (uint64_t)(*c - '0');
		if (value >= UINT32_MAX) /* (uid_t)-1 is no id */
			return -ERANGE;
	}
	*out = (uint32_t)value;
	return 0;
}

struct lines {
	int fd;
	size_t total, have, at;
	char chunk[4096];
	char line[MAX_LINE + 1];
};

/* A fifo or device in the image must not hold us up: CVE class of FIFO as /etc/passwd. */
static int lines_open(struct lines *lines, const char *path)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	lines->fd = take_fd(&fd);
	return 0;
}

/* 1: lines->line is the next one; 0: no more; -errno. */
static int lines_next(struct lines *lines)
{
	size_t used = 0;
	bool skip = false;

	for (;;) {
		if (lines->at == lines->have) {
			if (lines->total >= MAX_FILE)
				return -EFBIG;
			ssize_t n = read(lines->fd, lines->chunk, sizeof(lines->chunk));

			if (n < 0)
				return -errno;
			if (n == 0 && used == 0)
				return 0;
			lines->have = (size_t)n;
			lines->at = 0;
			lines->total += (size_t)n;
		}
		char c = lines->have ? lines->chunk[lines->at++] : '\n';

		if (c == '\n' && !skip && used > 0) {
			lines->line[used] = '\0';
			return 1;
		}
		if (c == '\n') {
			used = 0;
			skip = false;
			if (lines->have == 0)
				return 0;
		} else if (c == '\0' || used == MAX_LINE) {
			skip = true;
			used = 1;
		} else if (!skip) {
			lines->line[used++] = c;
		}
	}
}

static size_t split(char *line, char *fields[MAX_FIELDS])
{
	size_t n = 0;

	for (char *at = line; n < MAX_FIELDS;) {
		fields[n++] = at;
		at = strchr(at, ':');
		if (!at)
			break;
		*at++ = '\0';
	}
	return n;
}

static int find_user(struct lines *lines, const char *name, uint32_t uid, struct passwd_entry *out)
{
	char *field[MAX_FIELDS];
	int r = 0;

	while ((r = lines_next(lines)) > 0) {
		uint32_t this_uid = 0;
		uint32_t this_gid = 0;

		if (split(lines->line, field) < 6 || passwd_number(field[2], &this_uid) < 0 ||
		    passwd_number(field[3], &this_gid) < 0)
			continue;
		if (name ? strcmp(name, field[0]) != 0 : uid != this_uid)
			continue;
		out->uid = this_uid;
		out->gid = this_gid;
		out->home[0] = '\0';
		if (strlen(field[5]) < sizeof(out->home))
			memcpy(out->home, field[5], strlen(field[5]) + 1);
		return 0;
	}
	return r < 0 ? r : -ENOENT;
}

int passwd_find(const char *path, const char *name, uint32_t uid, struct passwd_entry *out)
{
	struct lines lines = { .fd = -1 };
	int r = lines_open(&lines, path);

	if (r < 0)
		return r;
	r = find_user(&lines, name, uid, out);
	(void)close(lines.fd);
	return r;
}

int group_find(const char *path, const char *name, uint32_t *out_gid)
{
	struct lines lines = { .fd = -1 };
	char *field[MAX_FIELDS];
	int r = lines_open(&lines, path);

	if (r < 0)
		return r;
	while ((r = lines_next(&lines)) > 0) {
		if (split(lines.line, field) < 3 || strcmp(field[0], name) != 0 ||
		    passwd_number(field[2], out_gid) < 0)
			continue;
		break;
	}
	(void)close(lines.fd);
	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

static bool lists(const char *members, const char *user)
{
	size_t len = strlen(user);

	for (const char *at = members; *at;) {
		size_t n = strcspn(at, ",");

		if (n == len && strncmp(at, user, n) == 0)
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

int group_memberships(const char *path, const char *user, uint32_t *gids, size_t room,
		      size_t *inout_n)
{
	struct lines lines = { .fd = -1 };
	char *field[MAX_FIELDS];
	int r = lines_open(&lines, path);

	if (r < 0)
		return r;
	while ((r = lines_next(&lines)) > 0) {
		uint32_t gid = 0;

		if (split(lines.line, field) < 4 || passwd_number(field[2], &gid) < 0 ||
		    !lists(field[3], user))
			continue;
		if (*inout_n == room) {
			r = -E2BIG;
			break;
		}
		gids[(*inout_n)++] = gid;
	}
	(void)close(lines.fd);
	return r < 0 ? r : 0;
}
