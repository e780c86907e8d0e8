/* SPDX-License-Identifier: Apache-2.0 */
/* streams.h - bytes from one descriptor to another, on the loop, without ever blocking it. */
#ifndef CORE_CLI_STREAMS_H
#define CORE_CLI_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct loop;
struct cleat_watch;

enum { STREAM_BYTES = 64 << 10, STREAM_FILTER = 16 };

/** How a descriptor wants to be treated. */
enum stream_kind {
	STREAM_NONBLOCKING, /* ours alone, O_NONBLOCK */
	STREAM_SHARED,      /* somebody else has it too: O_NONBLOCK would be theirs as well */
	STREAM_SOCKET,
	STREAM_FILE, /* never blocks, cannot be watched */
};

struct stream {
	struct loop *loop;
	int from, to;
	enum stream_kind from_kind, to_kind;
	struct cleat_watch *reading, *writing; /* NULL for files */
	uint32_t wants_in, wants_out;
	char *bytes; /* bytes[start..end) are still to be written */
	size_t start, end;
	bool ended; /* no more will come, and all of it was written */
	bool eof;   /* the source has ended */
	int broken; /* errno of a destination that failed: the rest is thrown away */
	bool deferred;
	/* Looks at what was read, and may change it (room for STREAM_FILTER more). True: nothing more is read. */
	bool (*filter)(void *arg, char *bytes, size_t *len);
	void *filter_arg;
	void (*done)(void *arg); /* once, when it ends or breaks; not from stream_finish */
	void *arg;
};

/** Begin to copy. @from and @to stay the caller's. @done may be NULL. */
int stream_start(struct stream *stream, struct loop *loop, int from, int to,
		 void (*done)(void *arg), void *arg, struct cleat_error *err);
/** Copy what is there now without waiting for more. True when the source is empty or has ended. */
bool stream_flush(struct stream *stream);
void stream_stop(struct stream *stream);
/**
 * A description of @fd (0, 1, 2) of our own that does not block, where the kernel gives one (pipes
 * and terminals); else a plain copy. -errno.
 */
int stream_reopen(int fd, bool for_writing);

#endif
