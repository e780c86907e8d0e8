/* SPDX-License-Identifier: Apache-2.0 */
/* container_config.h - the words of run and create as the message that the daemon gets. */
#ifndef CORE_CLI_CONTAINER_CONFIG_H
#define CORE_CLI_CONTAINER_CONFIG_H

#include "cli/cli.h"
#include "rpc/pb/cleat.pb-c.h"

/** Everything lives in cli->arena or in argv. EINVAL with one sentence. */
int container_config(struct cli *cli, Cleat__V1__ContainerConfig *out);
/** One "HOST[:CONTAINER[:rwm]]". */
int device_parse(struct arena *arena, const char *text, Cleat__V1__Device *out,
		 struct cleat_error *err);
/** --security-opt into the fields that it sets. */
int security_collect(struct cli *cli, Cleat__V1__ContainerConfig *out);
/** --log-driver and --log-opt. */
int log_flags_collect(struct cli *cli, Cleat__V1__ContainerConfig *out);
/** --health-cmd and its kin. */
int health_flags_collect(struct cli *cli, Cleat__V1__ContainerConfig *out);
/** Refuse what is certainly no restart policy; the names belong to the daemon's plugin. */
int restart_check(struct cli *cli, const char *policy);
/** Each --restart-opt KEY=VALUE. */
int restart_options(struct cli *cli, Cleat__V1__Label ***out, size_t *out_n);

#endif
