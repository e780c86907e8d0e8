/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.c - what was read and is not kept yet; it outlives a shim that is killed.
 *
 * A program's bytes are read straight into a mapped file beside its pipes (on the state's tmpfs), and leave it
 * when they are in the log. SIGKILL comes between two instructions, never within read(2) of a pipe that
 * has what was asked for; so after it the file holds every byte that the kernel has handed out, and a few
 * words say what was going on:
 *
 * - a read to a place: whether it took place is seen from the place, which was painted before with bytes
 *   that are no text and that nobody could guess;
 * - a write to the log: whether it took place is seen from the size of the log file.
 *
 * So each byte is kept exactly once. (tee(2) into a second pipe was tried on paper first: nothing then tells
 * whether the first pipe's bytes were taken away.)
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cleat/cleanup.h>

enum {
	HEAD = 4096, /* struct spool_head */
	PAGE = 4096,
	SPOOL = HEAD + 2 * LANE_ROOM,
	PAINT_EXACT = 64, /* of a read that is all or nothing */
};
#define MAGIC 0x31676f6c6c6f7073ull

_Static_assert(sizeof(struct spool_head) <= HEAD, "the head has one page");

/* What the kernel sees when we are killed is in the order of the program. */
static void store(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static uint64_t pack(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* Before its first use it is not even looked at: a look would cost an idle shim its pages. */
static uint64_t span(const struct spool *spool, int lane)
{
	return spool->has_head ? spool->head->lanes[lane].span : 0;
}

uint32_t spool_start(const struct spool *spool, int lane)
{
	return (uint32_t)(span(spool, lane) >> 32);
}

uint32_t spool_end(const struct spool *spool, int lane)
{
	return (uint32_t)span(spool, lane);
}

char *spool_bytes(const struct spool *spool, int lane)
{
	return (char *)spool->head + HEAD + (size_t)lane * LANE_ROOM;
}

void spool_take(struct spool *spool, int lane, uint32_t upto)
{
	uint32_t end = spool_end(spool, lane);

	store(&spool->head->lanes[lane].span, upto == end ? 0 : pack(upto, end));
}

/* ---- room ------------------------------------------------------------------------------------------ */

/* No space on the tmpfs would be SIGBUS: from now on it is plain memory, and dies with us. */
static bool go_private(struct spool *spool)
{
	_cleanup_free_ char *copy = malloc(SPOOL);

	if (!copy)
		return false;
	for (int i = 0; i < 2; i++) /* what has been given its space is all there is to copy */
		memcpy(copy + HEAD + i * LANE_ROOM, spool_bytes(spool, i), spool->have[i]);
	memcpy(copy, spool->head, spool->has_head ? HEAD : 0);
	if (mmap(spool->head, SPOOL, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	memcpy(spool->head, copy, spool->has_head ? HEAD : 0);
	for (int i = 0; i < 2; i++)
		memcpy(spool_bytes(spool, i), copy + HEAD + i * LANE_ROOM, spool->have[i]);
	cleat_closep(&spool->fd);
	spool->fd = -1;
	return true;
}

static bool give_space(struct spool *spool, off_t at, off_t len)
{
	return spool->fd < 0 || fallocate(spool->fd, 0, at, len) == 0 || go_private(spool);
}

static bool has_room(struct spool *spool, int lane, size_t upto)
{
	size_t pages = (upto + PAGE - 1) / PAGE * PAGE;

	if (pages <= spool->have[lane])
		return true;
	if (!give_space(spool, HEAD + lane * (off_t)LANE_ROOM + (off_t)spool->have[lane],
			(off_t)(pages - spool->have[lane])))
		return false;
	spool->have[lane] = pages;
	return true;
}

void spool_shrink(struct spool *spool)
{
	for (int i = 0; i < 2; i++) {
		if (spool->have[i] <= PAGE || spool->head->lanes[i].span)
			continue;
		(void)madvise(spool_bytes(spool, i) + PAGE, spool->have[i] - PAGE,
			      spool->fd < 0 ? MADV_DONTNEED : MADV_REMOVE);
		spool->have[i] = PAGE;
	}
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* What is left of a line goes to the beginning, when there is no more room behind it. */
static void make_room(struct spool *spool, int lane, size_t wanted)
{
	uint32_t start = spool_start(spool, lane);
	uint32_t end = spool_end(spool, lane);
	char *bytes = spool_bytes(spool, lane);

	if (LANE_ROOM - end >= wanted || start < end - start)
		return;
	memcpy(bytes, bytes + start, end - start);
	store(&spool->head->lanes[lane].span, pack(0, end - start));
}

static bool is_first_use(struct spool *spool)
{
	struct spool_head *head = spool->head;

	if (spool->has_head)
		return true;
	if (!give_space(spool, 0, HEAD))
		return false;
	spool->has_head = true;
	/* bytes that are in no text */
	if (getrandom(head->paint, sizeof(head->paint), GRND_NONBLOCK) < 0)
		memset(head->paint, 5, sizeof(head->paint));
	for (size_t i = 0; i < sizeof(head->paint); i++)
		head->paint[i] |= 0xf8;
	store(&head->magic, MAGIC);
	return true;
}

static void paint(const struct spool *spool, char *from, size_t n)
{
	const struct spool_head *head = spool->head;

	for (size_t i = 0; i < n; i += sizeof(head->paint))
		memcpy(from + i, head->paint,
		       n - i < sizeof(head->paint) ? n - i : sizeof(head->paint));
}

/* How many bytes of the place are not as they were painted: the last one that differs counts. */
static size_t unpainted(const struct spool *spool, const char *from, size_t n)
{
	const struct spool_head *head = spool->head;

	while (n > 0 && (unsigned char)from[n - 1] == head->paint[(n - 1) % sizeof(head->paint)])
		n--;
	return n;
}

size_t spool_room(struct spool *spool, int lane, size_t wanted)
{
	make_room(spool, lane, wanted);
	uint32_t end = spool_end(spool, lane);
	size_t room = LANE_ROOM - end;

	return room < wanted ? room : wanted;
}

ssize_t spool_read(struct spool *spool, int lane, int fd, size_t n, bool exact)
{
	struct spool_lane *state = NULL;
	uint32_t end = spool_end(spool, lane);
	char *to = spool_bytes(spool, lane) + end;
	size_t painted = exact && n > PAINT_EXACT ? PAINT_EXACT : n;

	if (!is_first_use(spool) || !has_room(spool, lane, end + n)) {
		errno = ENOMEM;
		return -1;
	}
	state = &spool->head->lanes[lane];
	paint(spool, to + n - painted, painted);
	state->exact = exact;
	store(&state->reading, pack(end, (uint32_t)n));
	ssize_t got = read(fd, to, n);

	if (got > 0)
		store(&state->span, pack(spool_start(spool, lane), end + (uint32_t)got));
	store(&state->reading, 0);
	return got;
}

/* ---- writing --------------------------------------------------------------------------------------- */

void spool_write_begins(struct spool *spool, int lane, uint32_t upto, int fd, int64_t size,
			size_t n)
{
	struct spool_head *head = spool->head;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	head->upto = upto;
	head->file = st.st_ino;
	head->size = size;
	head->bytes = (int64_t)n;
	store(&head->writing, (uint64_t)lane + 1);
}

void spool_write_ends(struct spool *spool, int lane, uint32_t upto)
{
	spool_take(spool, lane, upto);
	store(&spool->head->writing, 0);
}

void spool_entry_begins(struct spool *spool, int lane, uint32_t upto)
{
	spool->head->upto = upto;
	store(&spool->head->writing, (uint64_t)lane + 1);
}

void spool_entry_ends(struct spool *spool, int lane, uint32_t upto, bool was_sent)
{
	spool_take(spool, lane, upto);
	spool->head->ordinal += was_sent;
	store(&spool->head->writing, 0);
}

void spool_entry_fails(struct spool *spool)
{
	store(&spool->head->writing, 0);
}

bool spool_touch(struct spool *spool)
{
	return is_first_use(spool);
}

void spool_waiting(struct spool *spool, uint64_t lines)
{
	if (spool->has_head)
		spool->head->waiting = lines;
}

/* ---- after a shim that was killed ------------------------------------------------------------------ */

static bool is_sane(const struct spool_head *head)
{
	bool fine = head->magic == MAGIC && head->writing <= 2;

	for (int i = 0; i < 2; i++) {
		const struct spool_lane *lane = &head->lanes[i];

		fine = fine && (uint32_t)lane->span <= LANE_ROOM &&
		       lane->span >> 32 <= (uint32_t)lane->span &&
		       (lane->reading >> 32) + (uint32_t)lane->reading <= LANE_ROOM;
	}
	return fine && head->upto <= LANE_ROOM;
}

static void finish_read(struct spool *spool, int lane)
{
	struct spool_lane *state = &spool->head->lanes[lane];
	uint32_t at = (uint32_t)(state->reading >> 32);
	uint32_t n = (uint32_t)state->reading;

	if (n && spool_end(spool, lane) == at) {
		size_t painted = state->exact && n > PAINT_EXACT ? PAINT_EXACT : n;
		size_t got = unpainted(spool, spool_bytes(spool, lane) + at + n - painted, painted);

		if (got)
			store(&state->span, pack(spool_start(spool, lane),
						 at + (state->exact ? n : (uint32_t)got)));
	}
	store(&state->reading, 0);
}

/* Whole records of the write that got into the file; half a one behind them is taken back. */
static uint64_t whole_records(const struct spool_head *head, int fd, off_t size)
{
	size_t n = (size_t)(size - head->size);
	_cleanup_free_ char *bytes = malloc(n);
	off_t end = head->size;
	uint64_t records = 0;

	if (!bytes || pread(fd, bytes, n, head->size) != (ssize_t)n)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == '\n') {
			records++;
			end = head->size + (off_t)i + 1;
		}
	if (end < size)
		(void)!ftruncate(fd, end);
	return records;
}

void spool_settle(struct spool *spool, int fd)
{
	struct spool_head *head = spool->head;
	int lane = spool->has_head ? (int)head->writing - 1 : -1;
	struct stat st;

	if (lane < 0)
		return;
	bool is_taken = head->lanes[lane].span == 0 || spool_start(spool, lane) == head->upto;
	bool is_file = fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == head->file;

	if (!is_taken && is_file && st.st_size >= head->size + head->bytes)
		spool_take(spool, lane, (uint32_t)head->upto);
	else if (!is_taken && is_file && st.st_size > head->size)
		spool->skip[lane] = whole_records(head, fd, st.st_size);
	store(&head->writing, 0);
}

void spool_settle_entry(struct spool *spool)
{
	struct spool_head *head = spool->head;
	int lane = spool->has_head ? (int)head->writing - 1 : -1;

	if (lane < 0)
		return;
	if (head->lanes[lane].span == 0 || spool_start(spool, lane) == head->upto)
		head->ordinal++; /* perhaps twice: a number that is missing harms nobody */
	store(&head->writing, 0);
}

uint64_t spool_lost(const struct spool *spool)
{
	return spool->has_head ? spool->head->waiting : 0;
}

static void recover(struct spool *spool)
{
	for (int i = 0; i < 2; i++)
		finish_read(spool, i);
}

/* ---- open and close -------------------------------------------------------------------------------- */

static int open_file(const struct cleat_io_request *req)
{
	char path[PATH_MAX];

	if (!CLEAT_IO_REQUEST_HAS(req, pipe_dir) || !req->pipe_dir)
		return -1;
	int n = snprintf(path, sizeof(path), "%s/spool", req->pipe_dir);

	return n < 0 || (size_t)n >= sizeof(path)
		       ? -1
		       : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static bool is_left_behind(struct spool *spool)
{
	uint64_t magic = 0;
	struct stat st;

	return spool->fd >= 0 && fstat(spool->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == SPOOL && pread(spool->fd, &magic, sizeof(magic), 0) == sizeof(magic) &&
	       magic == MAGIC;
}

/* Is there a file, given its space where it was used? Then it is mapped; else memory of our own. */
int spool_open(struct spool *spool, const struct cleat_io_request *req, struct cleat_error *err)
{
	*spool = (struct spool){ .fd = open_file(req) };
	bool is_left = is_left_behind(spool);

	if (spool->fd >= 0 && !is_left &&
	    (ftruncate(spool->fd, 0) < 0 || ftruncate(spool->fd, SPOOL) < 0))
		cleat_closep(&spool->fd), spool->fd = -1;
	void *map = mmap(NULL, SPOOL, PROT_READ | PROT_WRITE,
			 spool->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, spool->fd, 0);

	if (map == MAP_FAILED) {
		int r = errno;

		cleat_closep(&spool->fd);
		return cleat_fail(err, r, "cannot map a buffer for output: %m");
	}
	spool->head = map;
	if (!is_left)
		return 0;
	/* holes in it would be filled by the kernel, or be SIGBUS: give them their space now */
	if (fallocate(spool->fd, 0, 0, SPOOL) < 0 || !is_sane(spool->head)) {
		(void)!ftruncate(spool->fd, 0);
		(void)!ftruncate(spool->fd, SPOOL);
		return 0;
	}
	spool->has_head = true;
	spool->have[0] = spool->have[1] = LANE_ROOM;
	recover(spool);
	return 0;
}

void spool_close(struct spool *spool)
{
	if (spool->head)
		(void)munmap(spool->head, SPOOL);
	/* everything has been kept, or was counted */
	if (spool->fd >= 0)
		(void)!ftruncate(spool->fd, 0);
	cleat_closep(&spool->fd);
	*spool = (struct spool){ .fd = -1 };
}
