/* SPDX-License-Identifier: Apache-2.0 */
/* filter_flag.h - --filter KEY=VALUE, several times. */
#ifndef CORE_CLI_FILTER_FLAG_H
#define CORE_CLI_FILTER_FLAG_H

#include "cli/cli.h"
#include "rpc/pb/cleat.pb-c.h"

/** Append them to a request's list. @known: the keys that there are, NULL-ended. EINVAL names them. */
int filter_flag(struct cli *cli, const char *const *known, Cleat__V1__Label ***out, size_t *out_n);

#endif
