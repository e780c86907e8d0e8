/* SPDX-License-Identifier: Apache-2.0 */
/* log_names.c - which file of a log is which, while its names move on. */
#include "cli/log_names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/text.h"

/* GAP: so many numbers may be missing in a row: one of a rotation, one of a writer that was killed in its. */
enum { TRIES = 20, GAP = 2 };

int log_names_open(const struct log_names *names, int i)
{
	_cleanup_free_ char *name = i ? text_format("%s.%d", names->name, i) : strdup(names->name);

	return name ? openat(names->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
}

bool log_names_same(int a, int b)
{
	struct stat sa;
	struct stat sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_ino == sb.st_ino &&
	       sa.st_dev == sb.st_dev;
}

/* The shim numbers the files in the order in which it makes them. 0: this one has no number. */
static uint64_t serial(int fd)
{
	char text[24];
	ssize_t n = fgetxattr(fd, "user.cleat.log", text, sizeof(text) - 1);
	uint64_t number = 0;

	text[n > 0 ? n : 0] = '\0';
	return text_to_u64(text, &number) < 0 ? 0 : number;
}

/* ---- all of them -------------------------------------------------------------------------------- */

/* Names that move past us while we count upwards show the same file, or a newer one, once more. */
static bool is_older(int fd, int than)
{
	uint64_t a = serial(fd);
	uint64_t b = serial(than);

	return a && b ? a < b : !log_names_same(fd, than);
}

static void close_all(int *fds, int n)
{
	while (n > 0)
		(void)close(fds[--n]);
}

static int list_once(const struct log_names *names, int *fds, bool *out_newest)
{
	int n = 0;

	*out_newest = false;
	for (int i = 0, gap = 0; i < LOG_FILES_MAX && gap <= GAP; i++) {
		_cleanup_close_ int fd = log_names_open(names, i);

		gap = fd < 0 ? gap + 1 : 0;
		if (fd >= 0 && (n == 0 || is_older(fd, fds[n - 1]))) {
			*out_newest = *out_newest || i == 0;
			fds[n++] = take_fd(&fd);
		}
	}
	return n;
}

/* Is @fd still container.log? */
static bool is_first(const struct log_names *names, int fd)
{
	_cleanup_close_ int first = log_names_open(names, 0);

	return first >= 0 && log_names_same(first, fd);
}

int log_names_list(const struct log_names *names, int *fds, bool *out_newest)
{
	int n = 0;

	/* a rotation in the middle of it may hide one: look again; but not for ever after a fast one */
	for (int i = 0; i < TRIES; i++) {
		close_all(fds, n);
		n = list_once(names, fds, out_newest);
		if (n > 0 && is_first(names, fds[0]))
			break;
	}
	return n;
}

/* ---- the successor of one that was renamed ------------------------------------------------------ */

/*
 * Its number, or -1. We count upwards and it moves upwards, one number in each rotation: it cannot pass
 * us unseen.
 */
static int number_of(const struct log_names *names, int wanted)
{
	for (int i = 0; i < LOG_FILES_MAX; i++) {
		_cleanup_close_ int fd = log_names_open(names, i);

		if (fd >= 0 && log_names_same(fd, wanted))
			return i;
	}
	return -1;
}

static bool is_number(const struct log_names *names, int i, int wanted)
{
	_cleanup_close_ int fd = log_names_open(names, i);

	return fd >= 0 && log_names_same(fd, wanted);
}

static bool are_free(const struct log_names *names, int from, int end)
{
	for (int i = from; i < end; i++) {
		_cleanup_close_ int fd = log_names_open(names, i);

		if (fd >= 0)
			return false;
	}
	return true;
}

/*
 * The first file below @number, where @wanted is. As long as that one keeps its number its successor
 * cannot have come any higher; and what is below a gap is the successor if the gap is still there.
 */
static int below(const struct log_names *names, int number, int wanted, int *out_number)
{
	int i = number - 1;
	_cleanup_close_ int fd = -1;

	while (i >= 0 && (fd = log_names_open(names, i)) < 0)
		i--;
	if (fd < 0 || !are_free(names, i + 1, number) || !is_number(names, number, wanted))
		return -1;
	*out_number = i;
	return take_fd(&fd);
}

static bool is_deleted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/* The oldest that is left, and whether it comes right after the one that is gone. */
static struct log_next after_deleted(const struct log_names *names, int deleted)
{
	struct log_next next = { .fd = -1 };
	uint64_t before = serial(deleted);

	for (int i = 0, gap = 0; i < LOG_FILES_MAX && gap <= GAP; i++) {
		int fd = log_names_open(names, i);

		gap = fd < 0 ? gap + 1 : 0;
		if (fd < 0)
			continue;
		cleat_closep(&next.fd);
		next.fd = fd;
		next.is_newest = i == 0;
	}
	uint64_t after = next.fd < 0 ? 0 : serial(next.fd);
	bool is_known = before && after > before;

	next.missed = is_known ? after - before - 1 : 0;
	next.is_missed = next.fd >= 0 && (!is_known || next.missed);
	return next;
}

struct log_next log_names_next(const struct log_names *names, int fd)
{
	struct log_next next = { .fd = -1 };
	int from = 0;

	for (int i = 0; i < TRIES && next.fd < 0; i++) {
		if (is_deleted(fd))
			return after_deleted(names, fd);
		int number = number_of(names, fd);

		if (number > 0)
			next.fd = below(names, number, fd, &from);
		else if (number < 0 && !is_deleted(fd)) /* somebody else has put it elsewhere */
			next.fd = log_names_open(names, 0);
	}
	next.is_newest = from == 0;
	return next;
}
