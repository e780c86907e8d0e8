/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - --memory, --cpus and their kin; also of update. */
#ifndef CORE_CLI_LIMITS_H
#define CORE_CLI_LIMITS_H

#include "cli/cli.h"
#include "rpc/pb/cleat.pb-c.h"

/** *out is NULL when no limit was given. */
int limits_collect(struct cli *cli, Cleat__V1__Limits **out);
/** "1.5" to 1500000000, without rounding through floating point. -EINVAL, -ERANGE. */
int limits_nano_cpus(const char *text, int64_t *out);
int ulimits_collect(struct cli *cli, Cleat__V1__Ulimit ***out, size_t *out_n);

#endif
