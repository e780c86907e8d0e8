/* SPDX-License-Identifier: Apache-2.0 */
/* criu_wire.h - the few protobuf messages that criu's RPC takes, written and read by hand. */
#ifndef RUNTIME_LINUX_CRIU_WIRE_H
#define RUNTIME_LINUX_CRIU_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A message that grows. `failed` once memory was short; the rest is then ignored. */
struct criu_message {
	uint8_t *data;
	size_t len, room;
	bool failed;
};

void criu_put_number(struct criu_message *m, unsigned field, uint64_t value);
void criu_put_bytes(struct criu_message *m, unsigned field, const void *data, size_t len);
void criu_put_text(struct criu_message *m, unsigned field, const char *text);
/** @inner as field @field; ends @inner. */
void criu_put_message(struct criu_message *m, unsigned field, struct criu_message *inner);
void criu_message_fini(struct criu_message *m);
#define _cleanup_criu_ __attribute__((cleanup(criu_message_fini)))

/** One field of a message: a number, or bytes inside the message. */
struct criu_field {
	unsigned number;
	uint64_t value;
	const uint8_t *data; /**< NULL for a number */
	size_t len;
};

/** 1: *@out is the next one and *@at behind it; 0: the end; -EPROTO: no protobuf. */
int criu_next(const uint8_t **at, const uint8_t *end, struct criu_field *out);

#endif
