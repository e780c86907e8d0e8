/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - protobuf messages to bytes and back. */
#include "message.h"

#include <stdlib.h>

enum { DECODE_LIMIT = 16 << 20 };

uint8_t *message_pack(const ProtobufCMessage *message, size_t *out_len)
{
	size_t len = message ? protobuf_c_message_get_packed_size(message) : 0;
	uint8_t *bytes = malloc(len ? len : 1);

	if (bytes && message)
		(void)protobuf_c_message_pack(message, bytes);
	*out_len = len;
	return bytes;
}

static void *spend(void *budget, size_t bytes)
{
	size_t *left = budget;

	if (bytes > *left)
		return NULL;
	*left -= bytes;
	return malloc(bytes);
}

static void give_back(void *budget, void *memory)
{
	(void)budget; /* what was decoded and thrown away still counts */
	free(memory);
}

ProtobufCMessage *message_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				 size_t len)
{
	size_t left = DECODE_LIMIT;
	ProtobufCAllocator bounded = { .alloc = spend, .free = give_back, .allocator_data = &left };

	/* malloc underneath, so that the result can be freed without this allocator */
	return protobuf_c_message_unpack(type, &bounded, len, data);
}
