/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork.h - run a function that may block or crash in a child, and get its result over a pipe.
 *
 * For a snapshotter's ops. The child has a copy of everything and may change none of it for us: it
 * must not touch the loop, the database or any socket. It dies with the daemon.
 */
#ifndef CORE_TASK_FORK_H
#define CORE_TASK_FORK_H

#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct loop;
struct text;
struct fork_child;

/** Runs in the child: append the result to @out. */
typedef int (*fork_run)(void *arg, struct text *out, struct cleat_error *err);
/** Runs in the daemon, once: @err->errnum 0 and the bytes (NUL added), or the error. */
typedef void (*fork_done)(void *arg, char *bytes, size_t len, const struct cleat_error *err);

/**
 * Fork and run @run(@run_arg). @does names it: "prepare a snapshot". It is killed after @limit_ns
 * (0: never). @out may be NULL; else it is a handle for fork_cancel until @done is called.
 */
int fork_start(struct loop *loop, const char *does, fork_run run, void *run_arg, uint64_t limit_ns,
	       fork_done done, void *done_arg, struct fork_child **out, struct cleat_error *err);
/** Kill it and wait for its end; @done is not called. NULL is fine. */
void fork_cancel(struct fork_child *child);

#endif
