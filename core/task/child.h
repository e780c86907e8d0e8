/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - run a program and collect what it says, without blocking the loop. */
#ifndef CORE_TASK_CHILD_H
#define CORE_TASK_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct child;
struct loop;

/** How it ended. `status` is waitpid's; the texts have a NUL added and are borrowed. */
struct child_result {
	int status;
	bool timed_out;
	const char *out;
	size_t out_len;
	const char *errors; /* "" when they went the same way as `out` */
};
typedef void (*child_done)(void *arg, const struct child_result *result);

struct child_spec {
	const char *program; /* absolute */
	char *const *argv, *const *env;
	const char *cwd;
	const void *input; /* for its standard input; NULL: /dev/null */
	size_t input_len;
	bool combined;     /* one pipe for stdout and stderr, as Go's CombinedOutput */
	uint64_t limit_ns; /* then SIGKILL; 0: never */
};

/**
 * Start it in a process group of its own. @done is called once, from the loop, when it has ended
 * and every writer has closed the pipes (as containerd waits). ENOENT, EACCES: from execve.
 */
int child_start(struct loop *loop, const struct child_spec *spec, child_done done, void *arg,
		struct child **out, struct cleat_error *err);
/** Kill it; @done is not called. NULL is fine. */
void child_cancel(struct child *child);

#endif
