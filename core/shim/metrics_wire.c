/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_wire.c - as much of protobuf's encoding as the metrics need. */
#include "metrics.h"

#include <string.h>

enum { VARINT = 0, BYTES = 2 };

static void varint(struct text *out, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	for (; value > 127; value >>= 7)
		bytes[n++] = (uint8_t)(value | 128);
	bytes[n++] = (uint8_t)value;
	text_add_bytes(out, bytes, n);
}

static void key(struct text *out, unsigned field, unsigned kind)
{
	varint(out, field << 3 | kind);
}

void wire_u64(struct text *out, unsigned field, uint64_t value)
{
	if (value == 0)
		return;
	key(out, field, VARINT);
	varint(out, value);
}

static void bytes(struct text *out, unsigned field, const char *data, size_t len)
{
	key(out, field, BYTES);
	varint(out, len);
	if (len)
		text_add_bytes(out, data, len);
}

void wire_text(struct text *out, unsigned field, const char *value)
{
	if (*value)
		bytes(out, field, value, strlen(value));
}

void wire_message(struct text *out, unsigned field, struct text *message)
{
	bytes(out, field, message->bytes, message->len);
	out->failed |= message->failed;
	text_fini(message);
	*message = (struct text){ 0 };
}

void wire_list(struct text *out, unsigned field, const struct json *numbers)
{
	struct text list = { 0 };

	for (size_t i = 0; i < json_len(numbers); i++) {
		uint64_t value = 0;

		(void)json_to_u64(json_at(numbers, i), &value);
		varint(&list, value);
	}
	if (list.len)
		wire_message(out, field, &list);
}

void wire_members(struct text *out, unsigned first, const struct json *object, const char *names,
		  size_t room, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wire_u64(out, first + (unsigned)i, metrics_number(object, names + i * room));
}
