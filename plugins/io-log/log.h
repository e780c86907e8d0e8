/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what one process says, on its way into a file.
 *
 * A source (a pipe, or a terminal's master) is read in large pieces and split into lines; lines become
 * records (format.c) in the buffer of a file; the buffer is written in one go. Between two bursts of
 * output there is neither buffer nor timer.
 */
#ifndef IO_LOG_LOG_H
#define IO_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/host.h>
#include <cleat/io.h>
#include <cleat/settings.h>

enum format { FORMAT_JSON = 0, FORMAT_CRI = 1, FORMAT_NONE = 2 };
enum mode { MODE_BLOCKING = 0, MODE_NON_BLOCKING = 1 };

/** The section [io/log]; the same keys are --log-opt's. */
struct settings {
	uint32_t format, mode;
	int64_t max_size; /* 0: no rotation */
	int64_t max_file; /* all of them together */
	int64_t max_buffer;
};

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
void format_stamp(uint64_t ns, char out[STAMP_TEXT]);
/**
 * One record of @len <= PIECE_MAX bytes at @out, which has room for RECORD_MAX; its length. It ends in
 * the only newline that it contains. @full: this ends a line; else more of the line follows.
 */
size_t format_record(enum format format, char *out, const char *text, size_t len, bool full,
		     bool is_err, const char stamp[STAMP_TEXT]);
/** Does the record of @len bytes, newline included, end a line? */
bool format_is_full(enum format format, const char *record, size_t len);
/** 0: it is of stdout, 1: of stderr. */
int format_stream(enum format format, const char *record, size_t len);

/* ---- file.c: what is on the disk, and what waits to get there ---- */
struct file {
	const struct cleat_host *host;
	struct settings how;
	int dir, fd;
	int count_fd; /* "dropped": survives us, and needs no space when there is none */
	int64_t size;
	uint64_t serial; /* of the newest file; they count up */
	char *bytes;     /* bytes[start..end) wait */
	size_t start, end, room;
	char stamp[STAMP_TEXT];
	bool partial[2];  /* the last record of this stream did not end its line */
	bool began[2];    /* the same, when the buffer was empty last */
	bool unclosed[2]; /* on the disk is the beginning of a line whose end was dropped */
	bool dropping[2]; /* the rest of this line goes the way of its beginning */
	bool no_nowait;   /* this filesystem knows no RWF_NOWAIT */
	bool failing;
	uint64_t retry_at;
	struct cleat_watch *retry; /* non-blocking mode: something waits */
	uint64_t dropped, unsaid;  /* lines: ever; since the last note of it in the log */
};
/** Open the log in @log_dir. A full disk is not an error: it may be less full later. */
int file_open(struct file *file, const struct cleat_host *host, const struct settings *how,
	      const char *log_dir, struct cleat_error *err);
/** All that is added until the next call is of now. */
void file_stamp(struct file *file);
/** A piece of a line of stdout (0) or stderr (1). */
void file_add(struct file *file, int stream, const char *text, size_t len, bool full);
/** The last chance of what waits; then everything is given back. */
void file_close(struct file *file);
/** Count @lines as dropped. */
void file_count(struct file *file, uint64_t lines);
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

/* ---- source.c ---- */
struct stream;
struct source {
	struct stream *stream;
	int index; /* 0 stdout, 1 stderr */
	int fd;
	struct cleat_watch *watch, *late;
	char *rest; /* the beginning of a line; less than PIECE_MAX bytes */
	size_t rest_len;
	uint64_t rest_since;
	bool done;
};
/** Take @fd and listen to it. */
int source_start(struct source *source, int fd, struct cleat_error *err);
/** Read what is there. True: nothing more will come. */
bool source_read(struct source *source);
/** Listen to it again, or not for now. */
void source_listen(struct source *source, bool on);
/** End it: what is left of a line is written. */
void source_end(struct source *source);

/* ---- stream.c ---- */
struct stream {
	const struct io_log *io;
	bool is_terminal, has_file;
	int master; /* of a terminal: for its size */
	int input;  /* where what is typed goes: a pipe's end, or the master; -1 */
	struct client *clients;
	bool started, close_asked;
	struct source out, err;
	struct file file;
	struct cleat_io_counters counters;
	bool draining;
	struct cleat_watch *limit;
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
/** No client holds it back any more: read on, or finish. */
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
