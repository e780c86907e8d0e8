/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_state.h - the state document that hooks read, and hooks that run long after create. */
#ifndef RUNTIME_LINUX_HOOKS_STATE_H
#define RUNTIME_LINUX_HOOKS_STATE_H

#include "box.h"
#include "hooks.h"

#include <cleat/json.h>

/** For @pid where only the child itself will know it: hooks_state_set_pid. */
#define HOOKS_STATE_PID_LATER 1999999999

/** The document, malloc'ed; NULL when memory is short. @config gives annotations. */
char *hooks_state_json(const struct json *config, const char *id, const char *bundle,
		       const char *status, pid_t pid);
/** Put @pid in the place of HOOKS_STATE_PID_LATER. No allocation; again with the same: nothing. */
void hooks_state_set_pid(char *state, pid_t pid);
/** Read the kept configuration and run its hooks of @kind, poststart or poststop. */
int hooks_state_run(struct box *box, enum hook_kind kind, const char *status,
		    struct cleat_error *err);

#endif
