/* SPDX-License-Identifier: Apache-2.0 */
/*
 * criu_wire.c - protobuf: each field a number with a type, then a varint or bytes with their length.
 *
 * By hand and not by protobuf-c: one request and one answer are not worth a library in the shim.
 */
#include "criu_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5, MAX_VARINT = 10 };

static void append(struct criu_message *m, const void *data, size_t len)
{
	if (m->len + len > m->room) {
		size_t room = (m->len + len) * 2;
		uint8_t *grown = m->failed ? NULL : realloc(m->data, room);

		if (!grown) {
			m->failed = true;
			return;
		}
		m->data = grown;
		m->room = room;
	}
	memcpy(m->data + m->len, data, len);
	m->len += len;
}

static void append_varint(struct criu_message *m, uint64_t value)
{
	uint8_t bytes[MAX_VARINT];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	} while (value);
	bytes[n - 1] &= 0x7f;
	append(m, bytes, n);
}

void criu_put_number(struct criu_message *m, unsigned field, uint64_t value)
{
	append_varint(m, (uint64_t)field << 3 | VARINT);
	append_varint(m, value);
}

void criu_put_bytes(struct criu_message *m, unsigned field, const void *data, size_t len)
{
	append_varint(m, (uint64_t)field << 3 | BYTES);
	append_varint(m, len);
	if (len > 0)
		append(m, data, len);
}

void criu_put_text(struct criu_message *m, unsigned field, const char *text)
{
	criu_put_bytes(m, field, text, strlen(text));
}

void criu_put_message(struct criu_message *m, unsigned field, struct criu_message *inner)
{
	m->failed |= inner->failed;
	criu_put_bytes(m, field, inner->data, inner->len);
	criu_message_fini(inner);
}

void criu_message_fini(struct criu_message *m)
{
	free(m->data);
	*m = (struct criu_message){ 0 };
}

static int read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return 0;
		}
	}
	return -EPROTO;
}

static int take(const uint8_t **at, const uint8_t *end, size_t len, struct criu_field *out)
{
	if (len > (size_t)(end - *at))
		return -EPROTO;
	out->data = *at;
	out->len = len;
	*at += len;
	return 1;
}

int criu_next(const uint8_t **at, const uint8_t *end, struct criu_field *out)
{
	uint64_t key = 0;
	uint64_t len = 0;

	if (*at == end)
		return 0;
	if (read_varint(at, end, &key) < 0 || key >> 3 == 0 || key >> 3 > UINT32_MAX >> 3)
		return -EPROTO;
	*out = (struct criu_field){ .number = (unsigned)(key >> 3) };
	switch (key & 7) {
	case VARINT:
		return read_varint(at, end, &out->value) < 0 ? -EPROTO : 1;
	case BYTES:
		if (read_varint(at, end, &len) < 0 || len > SIZE_MAX)
			return -EPROTO;
		return take(at, end, (size_t)len, out);
	case FIXED64:
		return take(at, end, 8, out);
	case FIXED32:
		return take(at, end, 4, out);
	default:
		return -EPROTO;
	}
}
