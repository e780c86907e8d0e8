/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what one process says, on its way into a file or the journal.
 *
 * A source (a pipe, or a terminal's master) is read in large pieces into the spool, which outlives us, and
 * split into lines there. Lines become records (format.c) in the buffer of a file, which is written in one go,
 * or entries of the journal. A moment after a burst of output there is neither buffer nor timer.
 */
#ifndef IO_LOG_LOG_H
#define IO_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cleat/host.h>
#include <cleat/io.h>
#include <cleat/settings.h>

enum format { FORMAT_JSON = 0, FORMAT_CRI = 1, FORMAT_NONE = 2, FORMAT_JOURNAL = 3 };
enum mode { MODE_BLOCKING = 0, MODE_NON_BLOCKING = 1 };

/** The section [io/log]; the same keys are --log-opt's. */
struct settings {
	uint32_t format, mode;
	int64_t max_size; /* 0: no rotation */
	int64_t max_file; /* all of them together */
	int64_t max_buffer;
	/* of the journal */
	const char *socket, *tag, *labels, *env;
};

struct stream;

struct io_log {
	const struct cleat_host *host;
	const struct settings *settings;
};

/* ---- options.c ---- */
/** Put one --log-opt into @out. EINVAL with a sentence. */
int options_set(struct settings *out, const char *name, const char *value, struct cleat_error *err);

/* ---- format.c ---- */
enum {
	PIECE_MAX = 16 << 10, /* docker's and containerd's: a longer line becomes several records */
	STAMP_TEXT = 31,      /* "2026-11-22T00:28:31.123456789Z" */
	RECORD_MAX = PIECE_MAX * 6 + 128,
};
/** A point in time as text: all that is added while it holds is of that moment. */
struct stamp {
	uint64_t ns, second; /* second: that of the text, plus one */
	char text[STAMP_TEXT];
};
void format_stamp(struct stamp *stamp, uint64_t ns);
/**
 * One record of @len <= PIECE_MAX bytes at @out, which has room for RECORD_MAX; its length. It ends in
 * the only newline that it contains. @full: this ends a line; else more of the line follows.
 */
size_t format_record(enum format format, char *out, const char *text, size_t len, bool full,
		     bool is_err, const char *stamp);
/** Does the record of @len bytes, newline included, end a line? */
bool format_is_full(enum format format, const char *record, size_t len);
/** 0: it is of stdout, 1: of stderr. */
int format_stream(enum format format, const char *record, size_t len);

/* ---- spool.c: what was read and is not kept yet ---- */
enum { LANE_ROOM = 128 << 10 };

/** In the file. Each word changes in one store. */
struct spool_lane {
	uint64_t span;    /* start << 32 | end of what was read and is not kept yet */
	uint64_t reading; /* place << 32 | bytes: it may be read there; 0: not */
	uint64_t exact;   /* that read gives all of it or nothing */
};
struct spool_head {
	uint64_t magic;
	struct spool_lane lanes[2]; /* stdout, stderr */
	uint64_t writing;           /* lane + 1: a write to the log may be under way; 0: not */
	uint64_t upto;              /* when it is done, its lane begins here */
	uint64_t file;              /* inode of the log ... */
	int64_t size, bytes;        /* ... its size before, and what comes to that */
	uint64_t waiting;           /* lines that wait in memory: non-blocking mode */
	uint64_t ordinal;           /* of the journal's last entry ... */
	char epoch[40];             /* ... since this */
	unsigned char paint[64];
};
struct spool {
	struct spool_head *head; /* mapped; behind it are the lanes */
	int fd;                  /* -1: memory of our own */
	bool has_head;
	size_t have[2];   /* so much of a lane has been given space */
	uint64_t skip[2]; /* records that are in the log already, of the write that was cut short */
};
/** Made, or found: as a shim that was killed left it. */
int spool_open(struct spool *spool, const struct cleat_io_request *req, struct cleat_error *err);
void spool_close(struct spool *spool);
char *spool_bytes(const struct spool *spool, int lane);
/** What waits are the bytes [start, end). */
uint32_t spool_start(const struct spool *spool, int lane);
uint32_t spool_end(const struct spool *spool, int lane);
/** What was before @upto is kept. */
void spool_take(struct spool *spool, int lane, uint32_t upto);
/** How much of @wanted can be read. */
size_t spool_room(struct spool *spool, int lane, size_t wanted);
/** read(2), @n <= spool_room. @exact: it will be all of it or nothing, for so much is there. */
ssize_t spool_read(struct spool *spool, int lane, int fd, size_t n, bool exact);
/** @n bytes, made of what is before @upto, are about to be appended to @fd, which has @size; and have been. */
void spool_write_begins(struct spool *spool, int lane, uint32_t upto, int fd, int64_t size,
			size_t n);
void spool_write_ends(struct spool *spool, int lane, uint32_t upto);
/** After a kill: what of a write got into the log @fd (or -1: there is none)? */
void spool_settle(struct spool *spool, int fd);
/**
 * The same of an entry of the journal, which does not tell whether it has it: it comes again with the same
 * ordinal, and readers leave it out.
 */
void spool_entry_begins(struct spool *spool, int lane, uint32_t upto);
void spool_entry_ends(struct spool *spool, int lane, uint32_t upto, bool was_sent);
void spool_entry_fails(struct spool *spool);
void spool_settle_entry(struct spool *spool);
/** Give the head its space. False: no memory. */
bool spool_touch(struct spool *spool);
/** So many lines wait where they would be lost. */
void spool_waiting(struct spool *spool, uint64_t lines);
uint64_t spool_lost(const struct spool *spool);
/** Give back the memory of a burst. */
void spool_shrink(struct spool *spool);

/* ---- count.c: lines that were lost ---- */
struct count {
	int fd;          /* "dropped": survives us, and needs no space when there is none */
	uint64_t ever;   /* lines */
	uint64_t unsaid; /* since the last note of it in the log */
};
void count_open(struct count *count, int dir);
void count_add(struct count *count, uint64_t lines);
void count_close(struct count *count);
/** What the log says of them. The length. */
size_t count_note(const struct count *count, char out[64]);

/** A line, or a part of one; in the spool it ends at @upto. */
struct piece {
	int stream; /* 0: stdout, 1: stderr */
	const char *text;
	size_t len;
	bool full;
	uint32_t upto;
};

/* ---- file.c: what is on the disk, and what waits to get there ---- */
struct file {
	const struct cleat_host *host;
	struct settings how;
	int dir, fd;
	struct count count;
	struct spool *spool;
	bool owes;      /* blocking mode: the spool has to be told what was kept: ... */
	int lane;       /* ... what was of this stream ... */
	uint32_t upto;  /* ... and before this */
	uint64_t lines; /* that wait, the other mode */
	int64_t size;
	uint64_t serial; /* of the newest file; they count up */
	char *bytes;     /* bytes[start..end) wait */
	size_t start, end, room;
	struct stamp stamp;
	bool partial[2];  /* the last record of this stream did not end its line */
	bool began[2];    /* the same, when the buffer was empty last */
	bool unclosed[2]; /* on the disk is the beginning of a line whose end was dropped */
	bool dropping[2]; /* the rest of this line goes the way of its beginning */
	bool no_nowait;   /* this filesystem knows no RWF_NOWAIT */
	bool failing;
	uint64_t retry_at;
	struct cleat_watch *retry; /* non-blocking mode: something waits */
};
/** Open the log in @log_dir. A full disk is not an error: it may be less full later. */
int file_open(struct file *file, const struct cleat_host *host, const struct settings *how,
	      const char *log_dir, struct spool *spool, struct cleat_error *err);
/** A piece of a line. */
void file_add(struct file *file, const struct piece *piece);
/** Give back the memory of a burst. */
void file_shrink(struct file *file);
/** The last chance of what waits; then everything is given back. */
void file_close(struct file *file);
/** Append a record whatever the limits say. False: no memory. */
bool file_put(struct file *file, int stream, const char *text, size_t len, bool full);

/* ---- write.c ---- */
/** Write what waits. When that fails: blocking mode drops it, non-blocking mode keeps it for later. */
void file_flush(struct file *file);
uint64_t now_ns(void);

/* ---- rotate.c ---- */
#define LOG_NAME "container.log"
/** Open the newest file, at its end. 0 or -errno. */
int rotate_open(struct file *file);
/** container.log becomes .1, .1 becomes .2 and so on; the oldest goes; a new one is opened. 0 or -errno. */
int rotate(struct file *file);
/** Files beyond max-file, of a time when it was larger. */
void rotate_trim(const struct file *file);

/* ---- journal.c: entries of systemd's journal ---- */
struct journal;
int journal_open(struct stream *stream, const struct settings *how,
		 const struct cleat_io_request *req, struct cleat_error *err);
/** False: not now; it will call stream_release. */
bool journal_add(struct journal *journal, const struct piece *piece);
void journal_stamp(struct journal *journal, uint64_t now_ns);
bool journal_holds(const struct journal *journal);
/** Has it taken nothing at some time since the last call? */
bool journal_has_held(struct journal *journal);
void journal_close(struct journal *journal);
struct count *journal_count(struct journal *journal);

/* ---- journal_fields.c: what all entries of a container say of it ---- */
/** In the journal's own form. Free it. NULL with a sentence: EINVAL, ENOMEM. */
char *journal_fields(const struct settings *how, const struct cleat_io_request *req,
		     const char *epoch, size_t *out_len, struct cleat_error *err);

/* ---- journal_socket.c: one datagram an entry ---- */
/** A socket, or -errno. */
int journal_connect(const char *path);
/** 0 or -errno. One that is too long for a datagram goes as a sealed file. */
int journal_send(int fd, const struct iovec *parts, size_t nparts);

/* ---- sink.c: where lines go ---- */
struct sink {
	uint64_t given;          /* pieces that it took */
	struct file *file;       /* one of the two; */
	struct journal *journal; /* or none: then nothing is kept */
};
int sink_open(struct stream *stream, const struct cleat_io_request *req, struct cleat_error *err);
bool sink_is_kept(const struct sink *sink);
/** False: it takes nothing now. */
bool sink_add(struct sink *sink, const struct piece *piece);
void sink_flush(struct sink *sink);
/** Does it take nothing now? */
bool sink_holds(const struct sink *sink);
/** Has it taken nothing at some time since the last call? */
bool sink_has_held(const struct sink *sink);
/** All that is added until the next call is of @now_ns. */
void sink_stamp(struct sink *sink, uint64_t now_ns);
void sink_shrink(struct sink *sink);
void sink_close(struct sink *sink);
int sink_reopen(struct sink *sink, struct cleat_error *err);
uint64_t sink_dropped(struct sink *sink);

/* ---- source.c ---- */
struct source {
	struct stream *stream;
	int index; /* 0 stdout, 1 stderr */
	int fd;
	struct cleat_watch *watch, *late;
	uint32_t taken;      /* in the spool: what is before was given to the log */
	uint64_t rest_since; /* what is not, the beginning of a line, waits */
	bool is_terminal, done;
};
/** Take @fd and listen to it. */
int source_start(struct source *source, int fd, struct cleat_error *err);
/** Read what is there. True: nothing more will come. */
bool source_read(struct source *source);
/** Listen to it again, or not for now. */
void source_listen(struct source *source, bool on);
/** The log takes more: give it what was read. */
void source_go_on(struct source *source);
/** End it: what is left of a line is written. */
void source_end(struct source *source);

/* ---- stream.c ---- */
struct stream {
	const struct io_log *io;
	bool is_terminal;
	int master; /* of a terminal: for its size */
	int input;  /* where what is typed goes: a pipe's end, or the master; -1 */
	struct client *clients;
	bool started, close_asked;
	struct source out, err;
	struct spool spool;
	struct sink sink;
	struct cleat_watch *shrink; /* after a burst */
	bool was_busy;
	struct cleat_io_counters counters;
	uint64_t *discarded; /* where the engine sees that number */
	bool draining;
	struct cleat_watch *limit;
	uint64_t limit_ns;
	uint64_t given_before; /* what the log had taken when the limit was over last */
	unsigned extensions;
	void (*drained)(void *arg);
	void *drained_arg;
};
/** A source has ended: perhaps all have. */
void stream_check(struct stream *stream);
void stream_close(void *stream);
void stream_counters(void *stream, struct cleat_io_counters *out);
void stream_drain(void *arg, uint64_t limit_ns, void (*done)(void *arg), void *done_arg);
int stream_console(void *stream, int master, struct cleat_error *err);
int stream_resize(void *stream, uint16_t rows, uint16_t columns, struct cleat_error *err);
int stream_reopen(void *stream, struct cleat_error *err);
/** Must it not be read now: does a client, or the log, still have to take what there was? */
bool stream_holds(const struct stream *stream);
/** Perhaps nothing holds it back any more: read on, or finish. */
void stream_release(struct stream *stream);
void stream_started(void *stream);
int stream_close_stdin(void *stream, struct cleat_error *err);

/* ---- client.c ---- */
int stream_attach(void *arg, const struct cleat_io_client *who, struct cleat_error *err);
/** Every client sees it. */
void clients_give(struct stream *stream, int index, const char *bytes, size_t len);
/** Is there one that has not yet taken what it was given? */
bool clients_hold(const struct stream *stream);
/** Close the program's input when that was asked for and nobody types any more. */
void clients_close_input(struct stream *stream);
void clients_end(struct stream *stream);
/* ---- open.c ---- */
int stream_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		void **out_stream, struct cleat_error *err);

#endif
