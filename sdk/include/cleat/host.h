/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - everything that a plugin may ask of the program that loaded it. */
#ifndef CLEAT_HOST_H
#define CLEAT_HOST_H

#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** Severity of a log line, as the key `log-level` spells them. */
enum cleat_level { CLEAT_DEBUG = 0, CLEAT_INFO = 1, CLEAT_WARN = 2, CLEAT_ERROR = 3 };

struct cleat_watch; /* one registration in the host's event loop */

/**
 * The host's functions. One table per plugin instance, alive until fini returns.
 *
 * A plugin must not use any symbol of the host's program (it would not link); this table is all
 * there is. All functions are for the loop's thread. Members are added at the end: test a member
 * that is newer than your minimum with CLEAT_HOST_HAS.
 */
struct cleat_host {
	uint32_t size; /**< bytes that the host filled in */
	uint32_t abi;  /**< the host's CLEAT_ABI */
	/** Write one line; the host adds time, plugin and container. */
	void (*log)(const struct cleat_host *host, int level, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
	/** Zeroed memory for whatever crosses the boundary; NULL when there is none. */
	void *(*alloc)(const struct cleat_host *host, size_t bytes);
	/** Give back what alloc, or an op that says so, returned. NULL is fine. */
	void (*free)(const struct cleat_host *host, void *memory);
	/** This plugin's private directory, mode 0700, made on first use. Borrowed: do not close. -errno. */
	int (*state_dir)(const struct cleat_host *host);
	/**
	 * Replace one small record, atomically and fsynced (temp file, fsync, rename, fsync of the
	 * directory). @key is a file name: [a-z0-9._-]{1,64}. EINVAL, ENOSPC, EIO.
	 */
	int (*store_put)(const struct cleat_host *host, const char *key, const void *data,
			 size_t len, struct cleat_error *err);
	/** Read a record back; give *@out_data to free. ENOENT when absent. */
	int (*store_get)(const struct cleat_host *host, const char *key, void **out_data,
			 size_t *out_len, struct cleat_error *err);
	/**
	 * Call @ready on the loop's thread while @fd has @events (EPOLLIN, EPOLLOUT), level
	 * triggered, until unwatch. @fd stays the caller's and must outlive the watch. ENOTSUP
	 * where the host has no loop (cleat-oci, and the children in which snapshotters run).
	 */
	int (*watch_fd)(const struct cleat_host *host, int fd, uint32_t events,
			void (*ready)(void *arg, uint32_t events), void *arg,
			struct cleat_watch **out, struct cleat_error *err);
	/** Call @fire once, @delay_ns from now (CLOCK_BOOTTIME). unwatch it also after it fired. */
	int (*watch_timer)(const struct cleat_host *host, uint64_t delay_ns,
			   void (*fire)(void *arg), void *arg, struct cleat_watch **out,
			   struct cleat_error *err);
	/** End a registration. NULL is fine; legal inside the watch's own callback. */
	void (*unwatch)(struct cleat_watch *watch);
};

/** Is this host new enough to have @member? */
#define CLEAT_HOST_HAS(host, member) \
	((host)->size >= offsetof(struct cleat_host, member) + sizeof((host)->member))

#endif
