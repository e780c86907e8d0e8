/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt.h - a container outlives its shim: what the next one needs to take it over.
 *
 * Only under cleatd: containerd decides to kill, and its `delete` action does so.
 */
#ifndef CORE_SHIM_ADOPT_H
#define CORE_SHIM_ADOPT_H

#include "shim.h"

#include <cleat/json.h>

/** adopt.json of a bundle. Strings live as long as `doc`. */
struct adopt_record {
	struct json_doc *doc;
	const char *in, *out, *err;
	bool terminal, mounted, stdin_closed;
	int32_t pid;
	uint64_t start_time;
};

/* ---- adopt_record.c ---- */
/** Write it; without it the container cannot be adopted, and that is all: failures are logged. */
void adopt_record_write(const struct task *task);
/** ENOENT. Free with adopt_record_fini. */
int adopt_record_read(int bundle_fd, struct adopt_record *out, struct cleat_error *err);
void adopt_record_fini(struct adopt_record *record);

/* ---- adopt.c ---- */
/** Take over the container of the bundle in the working directory. */
int adopt(struct shim *shim, struct cleat_error *err);

/* ---- adopt_end.c ---- */
/** What we hold of an init that is not our child. */
struct adopted {
	struct task *task;
	uint64_t start_time, deadline;
	int pidfd;
	struct cleat_watch *ended, *again, *patience;
};
/** Notice the end of init, @pidfd (taken). */
int adopted_watch(struct task *task, int pidfd, uint64_t start_time, struct cleat_error *err);
void adopted_free(struct adopted *adopted); /* NULL is fine */

/* ---- adopt_console.c ---- */
/**
 * The terminal is read only after a moment: who was attached to the last shim attaches again, and
 * misses nothing.
 */
void adopt_console_later(struct task *task);
/** Now: somebody has, or it matters. Nothing happens when it has been done, or there is no terminal. */
void adopt_console(struct task *task);

/* ---- adopt_execs.c ---- */
/** Execs of the last shim: nobody can tell how they end, so they end now. */
void adopt_end_execs(const struct task *task);

#endif
