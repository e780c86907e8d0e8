/* SPDX-License-Identifier: Apache-2.0 */
/* hook_run.h - run one hook to its end. */
#ifndef RUNTIME_LINUX_HOOK_RUN_H
#define RUNTIME_LINUX_HOOK_RUN_H

#include <cleat/error.h>

struct hook {
	const char *kind; /* "createRuntime" */
	char *path;
	char **args, **env; /* ended by NULL */
	int timeout_ms;     /* 0: none */
};

/** Start it with @state on stdin, wait, kill it when its time is over. No allocation. */
int hook_run(const struct hook *hook, const char *state, const char *cwd, struct cleat_error *err);

#endif
