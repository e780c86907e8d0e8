/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.h - -v, --mount and --tmpfs. */
#ifndef CORE_CLI_MOUNTS_H
#define CORE_CLI_MOUNTS_H

#include "cli/cli.h"
#include "rpc/pb/cleat.pb-c.h"

/* One argument each. *out lives in @arena. EINVAL with docker's reasons. */
int mount_from_volume(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		      struct cleat_error *err);
int mount_from_mount(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		     struct cleat_error *err);
int mount_from_tmpfs(struct arena *arena, const char *text, Cleat__V1__Mount **out,
		     struct cleat_error *err);
/** All of them; two on one target are refused, and so is a bind without a source. */
int mounts_collect(struct cli *cli, Cleat__V1__Mount ***out, size_t *out_n);

#endif
