/* SPDX-License-Identifier: Apache-2.0 */
/* validate.h - the parts of spec_validate. Each names the member that breaks a rule. */
#ifndef CORE_SPEC_VALIDATE_H
#define CORE_SPEC_VALIDATE_H

#include "spec.h"

int validate_process(const struct json *process, struct cleat_error *err);
int validate_linux(const struct json *config, struct cleat_error *err);
/** Member @key of @parent must be an array of strings, if it is there. */
int validate_strings(const struct json *parent, const char *key, struct cleat_error *err);
/** Member @key must be an absolute path; @mandatory or not. */
int validate_path(const struct json *parent, const char *key, bool mandatory,
		  struct cleat_error *err);

#endif
