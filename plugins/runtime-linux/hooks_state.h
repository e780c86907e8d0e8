/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_state.h - the state document that hooks read, and hooks that run long after create. */
#ifndef RUNTIME_LINUX_HOOKS_STATE_H
#define RUNTIME_LINUX_HOOKS_STATE_H

#include "box.h"
#include "hooks.h"

#include <cleat/json.h>

/** The document, malloc'ed; NULL when memory is short. @config gives annotations. */
char *hooks_state_json(const struct json *config, const char *id, const char *bundle,
		       const char *status, pid_t pid);
/** Read the kept configuration and run its hooks of @kind, poststart or poststop. */
int hooks_state_run(struct box *box, enum hook_kind kind, const char *status,
		    struct cleat_error *err);

#endif
