/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - the stdio of one process.
 *
 * Without a terminal nothing is copied: the program gets the client's fifos themselves. We keep a
 * handle of each, so that what was written is still there for a reader that comes late. With a
 * terminal, or where nobody listens, there is a copier on the host's loop.
 */
#ifndef IO_FIFO_STREAM_H
#define IO_FIFO_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cleat/host.h>
#include <cleat/io.h>
#include <cleat/settings.h>

struct settings {
	int64_t terminal_buffer;
	bool binary; /* a client may name a program that takes the output */
};

struct io_fifo {
	const struct cleat_host *host;
	const struct settings *settings;
};

enum target { TARGET_NONE = 0, TARGET_FIFO, TARGET_FILE, TARGET_DISCARD, TARGET_LOGGER };

/** Where output goes. */
struct sink {
	struct stream *stream;
	enum target target;
	/* fifo: our handle; file, a terminal's logger: to write to; discard: the pipe's reading end */
	int fd;
	struct cleat_watch *watch; /* discard: of fd */
	bool done;                 /* nothing of it is in our hands any more */
	bool lingering;            /* unread output in a fifo that nobody has open */
};

/** What a terminal's copier holds in one direction. */
struct buffer {
	char *bytes;
	size_t start, end, room;
};

struct terminal {
	int master;
	struct cleat_watch *read_master, *write_master, *read_input, *write_output;
	struct buffer out, in;
	bool output_over; /* the last slave was closed */
};

/** A program of the host that takes the output. */
struct logger {
	pid_t pid;
	int pidfd; /* -1: there is none, or no more */
	struct cleat_watch *watch;
};

struct stream {
	const struct io_fifo *io;
	bool is_terminal, started, close_asked;
	int input;      /* terminal: the fifo that we read; else -1 */
	int input_keep; /* writing end, so that the program sees no end before CloseIO */
	struct sink out, err;
	struct terminal tty;
	struct logger logger;
	struct cleat_io_counters counters;
	uint64_t *discarded; /* where the engine sees that number */
	/* drain */
	bool draining;
	struct cleat_watch *limit, *look, *hurry;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* ---- open.c ---- */
int stream_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		void **out_stream, struct cleat_error *err);
/* ---- stream.c ---- */
void stream_close(void *stream);
void stream_counters(void *stream, struct cleat_io_counters *out);
/* ---- fifo.c ---- */
/** Make @fd, a fifo, re-openable by the program's user. */
void fifo_give(const struct io_fifo *io, int fd, const struct cleat_io_request *req);
/** Open fifo @path for output: ours in @sink->fd, the program's in *@out_end (NULL: none wanted). */
int fifo_open_output(struct sink *sink, const char *path, const struct cleat_io_request *req,
		     int *out_end, struct cleat_error *err);
/**
 * The writer is gone. True: our handle is closed, because a reader has the rest or there is none.
 * False: unread output and no reader; ask again later.
 */
bool fifo_let_go(struct sink *sink);
/* ---- file.c ---- */
int file_open_output(struct sink *sink, const char *path, bool create, int *out_end,
		     struct cleat_error *err);
/* ---- discard.c ---- */
int discard_open(struct sink *sink, const struct cleat_io_request *req, int *out_end,
		 struct cleat_error *err);
/** Read what is there. True: the last writer is gone. */
bool discard_read(struct sink *sink);
/* ---- logger.c ---- */
bool logger_is_uri(const char *uri);
/** Run what @req->out names; *@out_end and *@err_end are the program's ends (NULL: a terminal's). EPERM. */
int logger_open(struct stream *stream, const struct cleat_io_request *req, int *out_end,
		int *err_end, struct cleat_error *err);
/** Has it ended, or was there never one? */
bool logger_is_over(const struct stream *stream);
void logger_signal(const struct stream *stream, int signal);
void logger_forget(struct stream *stream);
/* ---- input.c ---- */
/** @out_end NULL: for a terminal, which reads stream->input itself. */
int input_open(struct stream *stream, const struct cleat_io_request *req, int *out_end,
	       struct cleat_error *err);
void input_started(void *stream);
int input_close(void *stream, struct cleat_error *err);
/* ---- terminal.c ---- */
int terminal_console(void *stream, int master, struct cleat_error *err);
int terminal_resize(void *stream, uint16_t rows, uint16_t columns, struct cleat_error *err);
void terminal_end(struct stream *stream);
/* ---- drain.c ---- */
void stream_drain(void *handle, uint64_t limit_ns, void (*done)(void *arg), void *done_arg);
/** Something came to its end: perhaps all of it. */
void drain_check(struct stream *stream);
/** Close and mark as done. */
void sink_end(struct sink *sink);

#endif
