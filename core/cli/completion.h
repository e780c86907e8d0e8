/* SPDX-License-Identifier: Apache-2.0 */
/* completion.h - bash completion, made from the table. */
#ifndef CORE_CLI_COMPLETION_H
#define CORE_CLI_COMPLETION_H

struct text;

void completion_bash(struct text *out);

#endif
