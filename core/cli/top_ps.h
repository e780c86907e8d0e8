/* SPDX-License-Identifier: Apache-2.0 */
/* top_ps.h - cleat top with options of ps. */
#ifndef CORE_CLI_TOP_PS_H
#define CORE_CLI_TOP_PS_H

#include "cli/cli.h"

/** Run this machine's ps with @options (NULL-ended) and print what it says about @pids. */
int top_ps(char *const *options, const uint32_t *pids, size_t n, struct cleat_error *err);

#endif
