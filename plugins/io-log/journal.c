/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.c - what a container says as entries of systemd's journal.
 *
 * A journal that is slow holds the program in blocking mode (what was read stays in the spool); in
 * non-blocking mode entries wait in memory, and those that find no room are dropped and counted. One that is gone
 * holds nobody: lines are counted, each second we look whether it is back, and then the first entry says
 * how many are missing. That is what file.c does about a full disk.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#define RETRY_NS 1000000000ull
enum { ID_TEXT = 33, HEAD_TEXT = 320 };

/* A line that has several entries. */
struct line {
	char id[ID_TEXT];
	uint32_t ordinal; /* of the last part; 0: the next entry begins a line */
	bool open;        /* the last part that we took, sent or waiting, does not end it */
	bool unclosed;    /* its end was dropped */
	bool dropping;    /* the rest goes the way of its beginning */
};

/* An entry that waits, and behind it its text. */
struct waiting {
	uint64_t ns;
	uint32_t len;
	uint8_t stream, full;
};

struct journal {
	struct stream *stream;
	const struct cleat_host *host;
	struct settings how;
	char *path, *fields;
	size_t fields_len;
	int fd;
	struct count count;
	struct stamp stamp;
	struct line lines[2];
	bool holds, held, failing;
	uint64_t retry_at;
	struct cleat_watch *writable;
	char *queue; /* non-blocking mode: queue[start..end) */
	size_t start, end, room;
	uint64_t queued; /* lines */
};

static struct spool *spool_of(const struct journal *journal)
{
	return &journal->stream->spool;
}

static void random_id(char out[ID_TEXT])
{
	unsigned char bytes[(ID_TEXT - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) < 0)
		memcpy(bytes, &(uint64_t[2]){ now_ns(), (uint64_t)getpid() }, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- one entry --------------------------------------------------------------------------------------- */

/* What is this entry's own, up to its text. */
static size_t head_of(const struct journal *journal, const struct piece *piece,
		      const struct line *line, const struct stamp *stamp, char out[HEAD_TEXT])
{
	int n = snprintf(out, HEAD_TEXT,
			 "PRIORITY=%d\nSYSLOG_TIMESTAMP=%s\nCONTAINER_LOG_ORDINAL=%llu\n",
			 piece->stream ? 3 : 6, stamp->text,
			 (unsigned long long)spool_of(journal)->head->ordinal);

	if (!piece->full || line->ordinal)
		n += snprintf(out + n, (size_t)(HEAD_TEXT - n),
			      "%sCONTAINER_PARTIAL_ID=%s\nCONTAINER_PARTIAL_ORDINAL=%u\n"
			      "CONTAINER_PARTIAL_LAST=%s\n",
			      piece->full ? "" : "CONTAINER_PARTIAL_MESSAGE=true\n", line->id,
			      line->ordinal + 1, piece->full ? "true" : "false");
	n += snprintf(out + n, (size_t)(HEAD_TEXT - n), "MESSAGE=");
	return (size_t)n;
}

static int send_entry(struct journal *journal, const struct piece *piece, const struct stamp *stamp)
{
	struct line *line = &journal->lines[piece->stream];
	char head[HEAD_TEXT];

	if (!piece->full && line->ordinal == 0)
		random_id(line->id);
	const struct iovec parts[] = {
		{ journal->fields, journal->fields_len },
		{ head, head_of(journal, piece, line, stamp, head) },
		{ (char *)(uintptr_t)piece->text, piece->len },
		{ (char *)(uintptr_t) "\n", 1 },
	};
	int r = journal_send(journal->fd, parts, ARRAY_SIZE(parts));

	if (r == 0)
		line->ordinal = piece->full ? 0 : line->ordinal + 1;
	return r;
}

/* ---- a journal that is gone, and back ---------------------------------------------------------------- */

static void disconnect(struct journal *journal)
{
	int fd = take_fd(&journal->fd);

	journal->host->unwatch(journal->writable);
	journal->writable = NULL;
	cleat_closep(&fd);
}

/* Close the lines that have lost their end, and say what is missing. */
static int say_missing(struct journal *journal)
{
	struct spool_head *head = spool_of(journal)->head;
	char text[64];
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++) {
		const struct piece end = { .stream = i, .text = "", .full = true };

		if (journal->lines[i].unclosed && journal->lines[i].ordinal) {
			r = send_entry(journal, &end, &journal->stamp);
			head->ordinal += r == 0;
		}
		journal->lines[i].unclosed = journal->lines[i].unclosed && r < 0;
	}
	if (r == 0 && journal->count.unsaid) {
		struct line line = journal->lines[1]; /* it is not a part of what is said */
		const struct piece note = { .stream = 1,
					    .text = text,
					    .len = count_note(&journal->count, text),
					    .full = true };

		journal->lines[1].ordinal = 0;
		r = send_entry(journal, &note, &journal->stamp);
		journal->lines[1] = line;
		journal->count.unsaid = r < 0 ? journal->count.unsaid : 0;
		head->ordinal += r == 0;
	}
	return r;
}

static int send_once(struct journal *journal, const struct piece *piece, const struct stamp *stamp)
{
	int r = 0;

	if (journal->fd < 0) {
		journal->fd = journal_connect(journal->path);
		r = journal->fd < 0 ? journal->fd : 0;
	}
	if (r == 0 && journal->count.unsaid && !journal->queued)
		r = say_missing(journal);
	if (r == 0 && piece)
		r = send_entry(journal, piece, stamp);
	if (r < 0 && r != -EAGAIN)
		disconnect(journal);
	return r;
}

/* 0, -EAGAIN: it is slow, or why it is gone. */
static int deliver(struct journal *journal, const struct piece *piece, const struct stamp *stamp)
{
	if (journal->retry_at && now_ns() < journal->retry_at)
		return -ENOTCONN;
	bool was_connected = journal->fd >= 0;
	int r = send_once(journal, piece, stamp);

	if (r < 0 && r != -EAGAIN &&
	    was_connected) /* it was restarted: its socket is another one */
		r = send_once(journal, piece, stamp);
	journal->retry_at = r < 0 && r != -EAGAIN ? now_ns() + RETRY_NS : 0;
	if (journal->retry_at && !journal->failing) {
		errno = -r;
		journal->host->log(journal->host, CLEAT_WARN,
				   "cannot send to the journal at '%s': %m; going on, lines are "
				   "dropped and counted",
				   journal->path);
	}
	journal->failing = journal->retry_at != 0;
	return r;
}

static void drop(struct journal *journal, int stream, bool full)
{
	struct line *line = &journal->lines[stream];

	count_add(&journal->count, !line->dropping);
	line->unclosed = line->unclosed || line->ordinal > 0 || line->open;
	line->open = false;
	line->dropping = !full;
}

/* ---- non-blocking mode: what waits in memory ------------------------------------------------------------ */

static bool queue_room(struct journal *journal, size_t n)
{
	size_t now = journal->end - journal->start;

	if (now > 0 && now + n > (size_t)journal->how.max_buffer)
		return false;
	if (journal->start && journal->end + n > journal->room) {
		memmove(journal->queue, journal->queue + journal->start, now);
		journal->start = 0;
		journal->end = now;
	}
	if (journal->end + n <= journal->room)
		return true;
	size_t room = now + n + (64 << 10);
	char *queue = realloc(journal->queue, room);

	if (!queue)
		return false;
	journal->queue = queue;
	journal->room = room;
	return true;
}

static void enqueue(struct journal *journal, const struct piece *piece)
{
	const struct waiting head = { .ns = journal->stamp.ns,
				      .len = (uint32_t)piece->len,
				      .stream = (uint8_t)piece->stream,
				      .full = piece->full };

	if (!queue_room(journal, sizeof(head) + piece->len)) {
		drop(journal, piece->stream, piece->full);
		return;
	}
	memcpy(journal->queue + journal->end, &head, sizeof(head));
	memcpy(journal->queue + journal->end + sizeof(head), piece->text, piece->len);
	journal->end += sizeof(head) + piece->len;
	journal->queued++;
	spool_waiting(spool_of(journal), journal->queued);
}

static bool first_waiting(const struct journal *journal, struct piece *piece, struct stamp *stamp)
{
	struct waiting head;

	if (journal->start == journal->end)
		return false;
	memcpy(&head, journal->queue + journal->start, sizeof(head));
	*piece = (struct piece){ .stream = head.stream,
				 .text = journal->queue + journal->start + sizeof(head),
				 .len = head.len,
				 .full = head.full };
	format_stamp(stamp, head.ns);
	return true;
}

static void forget_first(struct journal *journal, const struct piece *piece)
{
	journal->start += sizeof(struct waiting) + piece->len;
	journal->queued--;
	spool_waiting(spool_of(journal), journal->queued);
	if (journal->start < journal->end)
		return;
	free(journal->queue);
	journal->queue = NULL;
	journal->start = journal->end = journal->room = 0;
}

/* -EAGAIN: some wait on. */
static int send_waiting(struct journal *journal)
{
	struct piece piece;
	struct stamp stamp = { 0 };
	int r = 0;

	while (r != -EAGAIN && first_waiting(journal, &piece, &stamp)) {
		r = deliver(journal, &piece, &stamp);
		if (r == -EAGAIN)
			break;
		if (r < 0)
			drop(journal, piece.stream, piece.full);
		else
			spool_of(journal)->head->ordinal++;
		forget_first(journal, &piece);
	}
	return r == -EAGAIN ? r : 0;
}

/* ---- slow, or not ---------------------------------------------------------------------------------------- */

static void writable(void *arg, uint32_t events);

/* False: nobody would tell us; then it is as good as gone. */
static bool wait_for_it(struct journal *journal)
{
	struct cleat_error err = { 0 };

	return journal->writable ||
	       journal->host->watch_fd(journal->host, journal->fd, EPOLLOUT, writable, journal,
				       &journal->writable, &err) == 0;
}

static void writable(void *arg, uint32_t events)
{
	struct journal *journal = arg;

	(void)events;
	journal->host->unwatch(journal->writable);
	journal->writable = NULL;
	journal->holds = false;
	if (send_waiting(journal) == -EAGAIN)
		(void)wait_for_it(journal);
	else if (journal->count.unsaid)
		(void)deliver(journal, NULL, NULL);
	stream_release(journal->stream);
}

/* 0: it is sent; 1: it waits in memory, or is counted; -EAGAIN: not now. */
static int give(struct journal *journal, const struct piece *piece)
{
	int r = journal->queued ? -EAGAIN : deliver(journal, piece, &journal->stamp);

	if (r == -EAGAIN && !wait_for_it(journal))
		r = -ENOMEM;
	if (r == -EAGAIN && journal->how.mode == MODE_BLOCKING) {
		journal->holds = journal->held = true;
		return r;
	}
	journal->lines[piece->stream].open = !piece->full;
	if (r == -EAGAIN)
		enqueue(journal, piece);
	else if (r < 0)
		drop(journal, piece->stream, piece->full);
	return r < 0;
}

bool journal_add(struct journal *journal, const struct piece *piece)
{
	struct line *line = &journal->lines[piece->stream];
	struct spool *spool = spool_of(journal);

	if (line->dropping) {
		line->dropping = !piece->full;
		spool_take(spool, piece->stream, piece->upto);
		return true;
	}
	spool_entry_begins(spool, piece->stream, piece->upto);
	int r = give(journal, piece);

	if (r < 0)
		spool_entry_fails(spool);
	else
		spool_entry_ends(spool, piece->stream, piece->upto, r == 0);
	return r >= 0;
}

bool journal_holds(const struct journal *journal)
{
	return journal->holds;
}

bool journal_has_held(struct journal *journal)
{
	bool held = journal->held;

	journal->held = journal->holds;
	return held;
}

void journal_stamp(struct journal *journal, uint64_t ns)
{
	format_stamp(&journal->stamp, ns);
}

struct count *journal_count(struct journal *journal)
{
	return &journal->count;
}

/* ---- open and close ---------------------------------------------------------------------------------------- */

static void open_count(struct journal *journal, const char *log_dir)
{
	_cleanup_close_ int dir = open(log_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	journal->count.fd = -1;
	if (dir >= 0)
		count_open(&journal->count, dir);
}

/* A shim that comes after one that was killed goes on in its epoch. */
static int start(struct journal *journal, const struct cleat_io_request *req,
		 struct cleat_error *err)
{
	struct spool *spool = spool_of(journal);

	if (!journal->path || !spool_touch(spool))
		return cleat_fail(err, ENOMEM, "cannot open the journal: out of memory");
	spool_settle_entry(spool);
	if (!*spool->head->epoch) {
		spool->head->ordinal = 1;
		random_id(spool->head->epoch);
	}
	count_add(&journal->count, spool_lost(spool));
	spool_waiting(spool, 0);
	journal->fields =
		journal_fields(&journal->how, req, spool->head->epoch, &journal->fields_len, err);
	return journal->fields ? 0 : -err->errnum;
}

int journal_open(struct stream *stream, const struct settings *how,
		 const struct cleat_io_request *req, struct cleat_error *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return cleat_fail(err, ENOMEM, "cannot open the journal: out of memory");
	*journal = (struct journal){ .stream = stream,
				     .host = stream->io->host,
				     .how = *how,
				     .path = strdup(how->socket),
				     .fd = -1 };
	format_stamp(&journal->stamp, now_ns());
	open_count(journal, req->log_dir);
	int r = start(journal, req, err);

	if (r < 0) {
		journal_close(journal);
		return r;
	}
	(void)deliver(journal, NULL, NULL); /* so that we know it when there is none */
	stream->sink.journal = journal;
	return 0;
}

/* What nobody takes any more. */
static void count_rest(struct journal *journal)
{
	const struct spool *spool = spool_of(journal);

	for (int i = 0; i < 2; i++) {
		const char *bytes = spool_bytes(spool, i);
		uint32_t start = spool_start(spool, i);
		uint32_t end = spool_end(spool, i);
		uint64_t lines = end > start && bytes[end - 1] != '\n';

		for (; start < end; start++)
			lines += bytes[start] == '\n';
		count_add(&journal->count, lines);
	}
	count_add(&journal->count, journal->queued);
}

void journal_close(struct journal *journal)
{
	journal->retry_at = 0;
	if (journal->fields) {
		(void)send_waiting(journal);
		count_rest(journal);
		journal->queued = 0;
		if (journal->count.unsaid)
			(void)deliver(journal, NULL, NULL);
	}
	disconnect(journal);
	count_close(&journal->count);
	free(journal->queue);
	free(journal->fields);
	free(journal->path);
	free(journal);
}
