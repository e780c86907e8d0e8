/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.h - plugins of type "io": where a process's stdin, stdout and stderr go.
 *
 * Loaded by the shim. One stream is one process (the container's init or an exec). The order of
 * calls is: open, runtime create or exec, console (terminals only), started, then any of resize,
 * close_stdin, counters in any number, drain after the process has ended, close. close may come at
 * any time, also right after open.
 *
 * The program's stdout and stderr should be descriptors that stay writable when a reader vanishes
 * and when the shim dies: a fifo opened O_RDWR is (fifo(7)); with O_WRONLY SIGPIPE kills it.
 */
#ifndef CLEAT_IO_H
#define CLEAT_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A name and a value, both borrowed. Frozen: lives in arrays. */
struct cleat_pair {
	const char *name, *value;
};

/** An owner that is not known as a number, or not mapped: anybody who holds the stream may re-open it. */
#define CLEAT_IO_NOBODY UINT32_MAX

/** What a stream is for. Everything is borrowed for the call. */
struct cleat_io_request {
	uint32_t size;
	uint32_t noptions;
	const char *namespace_; /**< containerd's sense of the word */
	const char *id;         /**< container */
	const char *exec_id;    /**< "" for the container's init */
	/**
	 * Where the three streams go, as containerd writes them: "" (nowhere: /dev/null), a fifo's
	 * path, "file:///path" or "binary:///path?args". "discard:" drains, counts and forgets: it
	 * is what the engine asks for when nobody listens. For `in` of a plugin with `attach` there
	 * is "attach:": what those type who are attached.
	 */
	const char *in, *out, *err;
	bool terminal; /**< one pty instead of three streams; `err` is "" */
	/** Host ids of the process, which must be able to re-open /dev/stdout; or CLEAT_IO_NOBODY. */
	uint32_t uid, gid;
	const char *log_dir;              /**< existing directory for logs, or NULL */
	const struct cleat_pair *options; /**< noptions pairs, from --log-opt */
	/**
	 * Where pipes get a name, or NULL. A host that took over a process whose shim was killed
	 * opens its stream again with the same request, and finds pipes by their name: see
	 * cleat_io_pipe. Not set for a process that nobody would take over. What else shall outlive the
	 * shim may lie there under other names.
	 */
	const char *pipe_dir;
	/* For a log that says whose it is; NULL or none where the host does not know. */
	const char *name;  /**< the container's */
	const char *image; /**< as its user wrote it */
	const struct cleat_pair *labels, *env;
	uint32_t nlabels, nenv;
};

/** Is the request new enough to have @member? */
#define CLEAT_IO_REQUEST_HAS(req, member) \
	((req)->size >= offsetof(struct cleat_io_request, member) + sizeof((req)->member))

/**
 * A pipe for what the program writes, O_CLOEXEC, the reading end @ends[0] non-blocking: a named one in
 * the request's pipe_dir, which may be there already, or an anonymous one. 0 or -errno. In the SDK's
 * library.
 */
int cleat_io_pipe(const struct cleat_io_request *req, const char *name, int ends[2]);

/**
 * How many bytes were read because nobody listens, in all: a number in the request's pipe_dir that the
 * engine reads while it grows (`cleat inspect`), and that a host which takes over goes on with. NULL where nobody
 * would read it, or when there is no space. Not for more than one process. In the SDK's library.
 */
uint64_t *cleat_io_discarded(const struct cleat_io_request *req);
/** Give it back; NULL is fine. */
void cleat_io_discarded_end(uint64_t *discarded);

/**
 * The container's ends. Returned descriptors are the receiver's, O_CLOEXEC, and closed by it after
 * the process has been made. All are -1 for a terminal.
 */
struct cleat_stdio {
	uint32_t size;
	bool terminal;
	int in, out, err;
};

/** What a stream has carried. */
struct cleat_io_counters {
	uint32_t size, reserved;
	uint64_t bytes_in, bytes_out, bytes_err; /**< copied by the plugin; 0 where nothing is */
	uint64_t bytes_discarded;                /**< drained because there was nobody to read */
	uint64_t lines_dropped;                  /**< by a log in non-blocking mode */
};

/** Somebody who is attached. What a client does not want is -1. */
struct cleat_io_client {
	uint32_t size, reserved;
	int in; /**< what it types is read from here; its end is the client's, not the program's */
	int out, err; /**< what is said is written here; a terminal has no `err` */
	int life;     /**< becomes readable when the client has gone */
};

/** The table. `open` and `close` are mandatory; NULL means "nothing to do" for the rest. */
struct cleat_io_ops {
	uint32_t size, reserved;
	/** Make a stream. ENOENT: a fifo is gone; ENOTSUP: an URI scheme that is not ours. */
	int (*open)(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		    void **out_stream, struct cleat_error *err);
	/** The pty's master, duplicated by the plugin, which then copies. @master stays the caller's. */
	int (*console)(void *stream, int master, struct cleat_error *err);
	/** The program runs: a close of stdin that was asked for earlier may now take effect. */
	void (*started)(void *stream);
	/** Set the terminal's size; no terminal: success, nothing happens. */
	int (*resize)(void *stream, uint16_t rows, uint16_t columns, struct cleat_error *err);
	/** No more input will come; idempotent; held back until `started`. */
	int (*close_stdin)(void *stream, struct cleat_error *err);
	/** Open the targets again, after a rotation or for a new reader. */
	int (*reopen)(void *stream, struct cleat_error *err);
	/** Fill @out up to out->size bytes. */
	void (*counters)(void *stream, struct cleat_io_counters *out);
	/**
	 * Copy what is still in flight, at most @limit_ns, then call @done once on the loop's
	 * thread (also at once, within this call). Not called if the stream is closed before.
	 */
	void (*drain)(void *stream, uint64_t limit_ns, void (*done)(void *arg), void *arg);
	/** End the stream; once; also legal after a failed create. */
	void (*close)(void *stream);
	/**
	 * One more who sees what is said from now on, and may speak (when `in` of the request was
	 * "attach:"). On success the descriptors are the plugin's. ENOTSUP where nobody can.
	 */
	int (*attach)(void *stream, const struct cleat_io_client *client, struct cleat_error *err);
};

#ifdef __cplusplus
}
#endif

#endif
