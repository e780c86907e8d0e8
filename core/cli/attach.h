/* SPDX-License-Identifier: Apache-2.0 */
/* attach.h - start a container that exists: detached, or as the front end of its program. */
#ifndef CORE_CLI_ATTACH_H
#define CORE_CLI_ATTACH_H

#include "cli/cli.h"

struct attach {
	const char *id;
	bool input; /* standard input too */
	bool sig_proxy;
	bool removed;             /* --rm: stay until it is gone */
	struct detach_keys *keys; /* NULL: none */
};

/** Start in the background: 0, an exit code (126, 127; said already), or -errno. */
int attach_start(struct cli *cli, const char *id, const char *checkpoint);
struct detach_keys;
/** --detach-keys, or its default. */
int attach_keys(struct cli *cli, struct detach_keys *out);
/** Prepare, attach, start, stay until it ends: an exit code or -errno. */
int attach_run(struct cli *cli, const struct attach *attach);

#endif
