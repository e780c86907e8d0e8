/* SPDX-License-Identifier: Apache-2.0 */
/* dbus_message.c - write bodies, read answers. */
#include "dbus_message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIELD_INTERFACE = 2,
	FIELD_MEMBER = 3,
	FIELD_ERROR = 4,
	FIELD_REPLY = 5,
	FIELD_SIGNATURE = 8
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { ENDIAN = 'l' };
#else
enum { ENDIAN = 'B' };
#endif

void dbus_put_bytes(struct dbus_bytes *out, const void *data, size_t n)
{
	if (n == 0)
		return;
	if (out->failed || n > DBUS_MAX || out->n + n > DBUS_MAX) {
		out->failed = true;
		return;
	}
	if (out->n + n > out->room) {
		size_t room = (out->n + n) * 2 + 256;
		uint8_t *bigger = realloc(out->bytes, room);

		if (!bigger) {
			out->failed = true;
			return;
		}
		out->bytes = bigger;
		out->room = room;
	}
	memcpy(out->bytes + out->n, data, n);
	out->n += n;
}

void dbus_align(struct dbus_bytes *out, size_t to)
{
	static const uint8_t zeros[8];

	dbus_put_bytes(out, zeros, (to - out->n % to) % to);
}

void dbus_put_byte(struct dbus_bytes *out, uint8_t value)
{
	dbus_put_bytes(out, &value, 1);
}

void dbus_put_u32(struct dbus_bytes *out, uint32_t value)
{
	dbus_align(out, 4);
	dbus_put_bytes(out, &value, sizeof(value));
}

void dbus_put_u64(struct dbus_bytes *out, uint64_t value)
{
	dbus_align(out, 8);
	dbus_put_bytes(out, &value, sizeof(value));
}

void dbus_put_text(struct dbus_bytes *out, const char *text)
{
	dbus_put_u32(out, (uint32_t)strlen(text));
	dbus_put_bytes(out, text, strlen(text) + 1);
}

void dbus_put_signature(struct dbus_bytes *out, const char *text)
{
	dbus_put_byte(out, (uint8_t)strlen(text));
	dbus_put_bytes(out, text, strlen(text) + 1);
}

void dbus_put_property(struct dbus_bytes *out, const char *name, const char *signature)
{
	dbus_align(out, 8);
	dbus_put_text(out, name);
	dbus_put_signature(out, signature);
}

void dbus_put_flag(struct dbus_bytes *out, const char *name, bool value)
{
	dbus_put_property(out, name, "b");
	dbus_put_u32(out, value);
}

size_t dbus_begin_array(struct dbus_bytes *out, size_t alignment)
{
	dbus_put_u32(out, 0);
	size_t begun = out->n;

	dbus_align(out, alignment); /* not counted in the length */
	return begun;
}

void dbus_end_array(struct dbus_bytes *out, size_t begun, size_t alignment)
{
	size_t first = (begun + alignment - 1) / alignment * alignment;

	if (out->failed)
		return;
	uint32_t len = (uint32_t)(out->n - first);

	memcpy(out->bytes + begun - sizeof(len), &len, sizeof(len));
}

void dbus_bytes_fini(struct dbus_bytes *out)
{
	free(out->bytes);
	memset(out, 0, sizeof(*out));
}

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value = 0;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

size_t dbus_message_length(const uint8_t head[16])
{
	size_t body = u32_at(head + 4);
	size_t fields = u32_at(head + 12);

	if (head[0] != ENDIAN || head[3] != 1 || body > DBUS_MAX || fields > DBUS_MAX)
		return 0;
	return 16 + (fields + 7) / 8 * 8 + body;
}

/* A text of length *@at .. inside @bytes, which ends with NUL. NULL: it does not. */
static const char *text_at(const uint8_t *bytes, size_t len, size_t *at, size_t n)
{
	if (n >= len || *at + n >= len || bytes[*at + n] != '\0')
		return NULL;
	const char *text = (const char *)bytes + *at;

	*at += n + 1;
	return strlen(text) == n ? text : NULL;
}

/* One header field: its code, its one-letter signature, its value. */
static int read_field(const uint8_t *bytes, size_t len, size_t *at, struct dbus_message *out)
{
	*at = (*at + 7) / 8 * 8;
	/* The shortest holds an empty signature: two bytes behind these four. */
	if (*at + 6 > len || bytes[*at + 1] != 1 || bytes[*at + 3] != '\0')
		return -EBADMSG;
	uint8_t code = bytes[*at];
	char type = (char)bytes[*at + 2];
	const char *text = NULL;

	*at += 4;
	if (type != 'g' && *at + 4 > len)
		return -EBADMSG;
	uint32_t number = type == 'g' ? bytes[*at] : u32_at(bytes + *at);

	*at += type == 'g' ? 1 : 4;
	if (type != 'u') {
		text = strchr("sog", type) ? text_at(bytes, len, at, number) : NULL;
		if (!text)
			return -EBADMSG;
	}
	if (code == FIELD_REPLY && type == 'u')
		out->reply_to = number;
	else if (code == FIELD_MEMBER)
		out->member = text;
	else if (code == FIELD_INTERFACE)
		out->interface = text;
	else if (code == FIELD_ERROR)
		out->error = text;
	else if (code == FIELD_SIGNATURE)
		out->signature = text;
	return 0;
}

int dbus_message_parse(const uint8_t *bytes, size_t len, struct dbus_message *out)
{
	size_t at = 16;

	memset(out, 0, sizeof(*out));
	if (len < 16 || dbus_message_length(bytes) != len)
		return -EBADMSG;
	size_t end = 16 + u32_at(bytes + 12);

	out->type = bytes[1];
	out->serial = u32_at(bytes + 8);
	while (at < end) {
		int r = read_field(bytes, end, &at, out);

		if (r < 0)
			return r;
	}
	out->body_len = u32_at(bytes + 4);
	out->body = bytes + len - out->body_len;
	return 0;
}

bool dbus_get_u32(const struct dbus_message *m, size_t *at, uint32_t *out)
{
	*at = (*at + 3) / 4 * 4;
	if (*at + 4 > m->body_len)
		return false;
	*out = u32_at(m->body + *at);
	*at += 4;
	return true;
}

bool dbus_get_text(const struct dbus_message *m, size_t *at, const char **out)
{
	uint32_t len = 0;

	if (!dbus_get_u32(m, at, &len))
		return false;
	*out = text_at(m->body, m->body_len, at, len);
	return *out != NULL;
}
