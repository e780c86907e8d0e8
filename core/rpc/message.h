/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - protobuf messages to bytes and back, with a limit on what a stranger's bytes may cost. */
#ifndef CORE_RPC_MESSAGE_H
#define CORE_RPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/** Serialise; free the result. NULL: out of memory. @message NULL gives no bytes (but not NULL). */
uint8_t *message_pack(const ProtobufCMessage *message, size_t *out_len);
/**
 * Decode; free with protobuf_c_message_free_unpacked(m, NULL). NULL: malformed, or it would take more
 * than 16 MiB: a list of two million empty messages fits in a frame of 4 MiB.
 */
ProtobufCMessage *message_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				 size_t len);

#endif
