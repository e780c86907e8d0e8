/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cleat-shim: one container's parent, run by cleatd or by containerd.
 *
 * containerd looks for `containerd-shim-cleat-v2` when it is asked for io.containerd.cleat.v2.
 */
#include "actions.h"
#include "flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/seal_entry.h"

/* The actions that stay beside a container. */
const char seal_words[] = "start\0adopt\0";

static int usage(const char *program)
{
	(void)fprintf(stderr,
		      "usage: %s -namespace NS -id ID -address SOCKET [-bundle DIR] start|delete\n"
		      "This program is started by cleatd or containerd.\n",
		      program);
	return 2;
}

int main(int argc, char **argv)
{
	struct flags flags;

	if (fd_open_standard() < 0)
		return 1;
	flags_parse(argc, argv, &flags);
	if (flags.version) {
		(void)printf("%s:\n  Version: " CLEAT_VERSION "\n", argv[0]);
		return 0;
	}
	if (flags.info)
		return action_info();
	if (strcmp(flags.action, "start") == 0 || strcmp(flags.action, "adopt") == 0)
		return action_start(&flags, argv);
	if (strcmp(flags.action, "delete") == 0)
		return action_delete(&flags, argv);
	return usage(argv[0]);
}
