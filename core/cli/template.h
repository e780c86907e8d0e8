/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - docker's --format, as far as scripts use it: {{.State.Pid}}, {{json .Mounts}}, \t and \n.
 *
 * No conditions, loops or functions: whoever wants those has --json and jq.
 */
#ifndef CORE_CLI_TEMPLATE_H
#define CORE_CLI_TEMPLATE_H

#include <cleat/json.h>

#include "base/text.h"

/** Add @format with its fields taken from @root, which may be NULL to check the words alone. EINVAL. */
int template_fill(const char *format, const struct json *root, struct text *out,
		  struct cleat_error *err);

#endif
