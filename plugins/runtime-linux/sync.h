/* SPDX-License-Identifier: Apache-2.0 */
/* sync.h - what parent and half-built child say to each other, over a SOCK_SEQPACKET pair. */
#ifndef RUNTIME_LINUX_SYNC_H
#define RUNTIME_LINUX_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

enum sync_kind {
	SYNC_GO = 1,   /**< to the child: go on */
	SYNC_CLONED,   /**< value: pid of the child that goes on instead, perhaps with its pidfd */
	SYNC_HOOKS,    /**< mounts are done: run the runtime's hooks, then say GO */
	SYNC_LIMITS,   /**< the child changes its user next: set its rlimits, then say GO */
	SYNC_LISTENER, /**< the descriptor is the filter's listener: send it on, then say GO */
	SYNC_CONSOLE,  /**< the descriptor is the terminal's master */
	SYNC_READY,    /**< all done */
	SYNC_FAILED,   /**< err says why; the child has ended */
	SYNC_CLOSED,   /**< not sent: the other end is gone */
};

struct sync_message {
	uint32_t kind;
	int32_t value;
	struct cleat_error err;
};

/** What a message without a text takes. */
#define SYNC_BYTES offsetof(struct sync_message, err)

/** Send @kind with @fd (-1: none). 0 or -errno. */
int sync_send(int socket, enum sync_kind kind, int32_t value, int fd);
int sync_send_error(int socket, const struct cleat_error *err);
/** Receive one message, SYNC_CLOSED at the end. *@out_fd is -1 when none came. 0 or -errno. */
int sync_receive(int socket, struct sync_message *out, int *out_fd);

#endif
