/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over.h - what a caller gets besides the exit status: terminal, pidfd, pid file. */
#ifndef CORE_OCI_HAND_OVER_H
#define CORE_OCI_HAND_OVER_H

#include "arguments.h"

#include <cleat/runtime.h>

struct hand_over {
	int console, pidfd; /* connected sockets, or -1 */
};

#define HAND_OVER_NONE ((struct hand_over){ -1, -1 })

/** Check what --console-socket needs and connect, before anything is made (R28). */
int hand_over_connect(const struct arguments *arguments, bool terminal, bool detached,
		      struct hand_over *out, struct cleat_error *err);
/** Send the terminal and the pidfd, then write the pid file: last, since it says "ready". */
int hand_over_send(const struct arguments *arguments, struct hand_over *sockets,
		   struct cleat_process *process, bool is_exec, struct cleat_error *err);
void hand_over_fini(struct hand_over *sockets);
#define _cleanup_hand_over_ __attribute__((cleanup(hand_over_fini)))

#endif
