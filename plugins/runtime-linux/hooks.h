/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.h - the programs of `hooks`, run one after another with the state document on stdin. */
#ifndef RUNTIME_LINUX_HOOKS_H
#define RUNTIME_LINUX_HOOKS_H

#include <stdbool.h>

#include <cleat/error.h>
#include <cleat/json.h>

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
};
#define HOOK_KINDS 6

struct hooks; /* argument vectors of all hooks, ready for execve */

/** Read @hooks, the `hooks` object; NULL gives an empty set. Unknown members are ignored. */
int hooks_parse(const struct json *hooks, struct hooks **out, struct cleat_error *err);
bool hooks_has(const struct hooks *hooks, enum hook_kind kind);
/**
 * Run all hooks of @kind and stop at the first that fails or is over its time (it is killed).
 * @state is the JSON document for their stdin; @cwd where they start (NULL: here). Does not
 * allocate: createContainer and startContainer run it in the cloned child. Errors name hook and
 * exit: "createRuntime hook '/bin/x' exited with 3: its last words".
 */
int hooks_run(const struct hooks *hooks, enum hook_kind kind, const char *state, const char *cwd,
	      struct cleat_error *err);
/** As hooks_run, but goes on after a failure and returns the first: poststop. */
int hooks_run_all(const struct hooks *hooks, enum hook_kind kind, const char *state,
		  const char *cwd, struct cleat_error *err);
void hooks_free(struct hooks *hooks);
void hooks_freep(struct hooks **hooks);

#endif
