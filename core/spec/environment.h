/* SPDX-License-Identifier: Apache-2.0 */
/* environment.h - the program's environment: what was asked for, and what every program expects. */
#ifndef CORE_SPEC_ENVIRONMENT_H
#define CORE_SPEC_ENVIRONMENT_H

#include "base/text.h"

/** Add @env (NULL-ended or NULL) to @to, replacing entries of the same name. EINVAL. */
int environment_add(struct strings *to, const char *const *env, struct cleat_error *err);
/** Set "NAME=value" unless the name is set. */
int environment_default(struct strings *to, const char *assignment, struct cleat_error *err);

#endif
