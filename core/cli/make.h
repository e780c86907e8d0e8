/* SPDX-License-Identifier: Apache-2.0 */
/* make.h - make a container from the words of run and create. */
#ifndef CORE_CLI_MAKE_H
#define CORE_CLI_MAKE_H

#include "cli/cli.h"
#include "rpc/pb/cleat.pb-c.h"

/** Check, make, write --cidfile, print warnings. *out_id lives as long as @cli. */
int make_container(struct cli *cli, Cleat__V1__ContainerConfig *config, const char **out_id);
/** It could not be started: with --rm nothing may be left. Keeps cli->err. */
void make_undo(struct cli *cli, const Cleat__V1__ContainerConfig *config, const char *id);

#endif
