/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.h - one connection as a stream of ttrpc frames: what server and client share.
 *
 * Frame: length u32, stream u32 (both big-endian), type u8, flags u8, then `length` bytes. There is no
 * handshake. Both directions are bounded: a frame above 4 MiB is read away and reported, and a peer
 * that does not read first is not read from any more, then loses the connection.
 */
#ifndef CORE_RPC_FRAMES_H
#define CORE_RPC_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

struct loop;
struct wire;

enum frame_type { FRAME_REQUEST = 1, FRAME_RESPONSE = 2, FRAME_DATA = 3 };
enum frame_flag { FRAME_REMOTE_CLOSED = 1, FRAME_REMOTE_OPEN = 2, FRAME_NO_DATA = 4 };

struct frame {
	uint32_t length, stream;
	uint8_t type, flags;
	const uint8_t *data; /* NULL when length is above RPC_MAX_MESSAGE: it was read away */
};

/** What a connection reports. Each may close the wire. */
struct wire_events {
	void (*frame)(void *arg, const struct frame *frame);
	/** The peer is gone, or memory was; called once, never within wire_send. */
	void (*closed)(void *arg);
	/** Everything queued has been sent, after it had to wait. May be NULL. */
	void (*flushed)(void *arg);
};

enum {
	WIRE_SLOW = 1 << 20,  /* unsent bytes from which the peer is not read from */
	WIRE_FULL = 16 << 20, /* unsent bytes that end the connection */
};

/** Take over the connected socket @fd. */
int wire_open(struct loop *loop, int fd, const struct wire_events *events, void *arg,
	      struct wire **out, struct cleat_error *err);
/** End it; legal in a callback. NULL is fine. No callback comes afterwards. */
void wire_close(struct wire *wire);
/** Queue one frame and send what the socket takes. 0; -EMSGSIZE; -EPIPE: it is ending; -ENOMEM. */
int wire_send(struct wire *wire, uint32_t stream, uint8_t type, uint8_t flags, const void *data,
	      size_t len);
/** Bytes that the peer has not taken yet. */
size_t wire_unsent(const struct wire *wire);
int wire_fd(const struct wire *wire);

#endif
