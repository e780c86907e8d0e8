/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_export.c - one entry of the journal.
 *
 * A field is NAME=VALUE and a newline; or NAME, a newline, the value's length in 8 bytes, the value and
 * a newline, where the value is no plain text. An empty line ends the entry.
 */
#include "cli/log_export.h"

#include <endian.h>
#include <string.h>

#include "base/clock.h"

struct field {
	const char *name, *value;
	size_t name_len, value_len;
};

/* The bytes that it takes; 0: it is not whole yet; -1: it is none. */
static ptrdiff_t take_field(const char *bytes, size_t len, struct field *out)
{
	const char *newline = memchr(bytes, '\n', len);
	const char *equals = newline ? memchr(bytes, '=', (size_t)(newline - bytes)) : NULL;
	uint64_t size = 0;

	if (!newline)
		return 0;
	out->name = bytes;
	out->name_len = (size_t)((equals ? equals : newline) - bytes);
	if (equals) {
		out->value = equals + 1;
		out->value_len = (size_t)(newline - out->value);
		return newline + 1 - bytes;
	}
	size_t head = (size_t)(newline + 1 - bytes) + sizeof(size);

	if (len < head)
		return 0;
	memcpy(&size, newline + 1, sizeof(size));
	size = le64toh(size);
	if (size >= PTRDIFF_MAX / 2)
		return -1;
	if (len < head + size + 1)
		return 0;
	out->value = bytes + head;
	out->value_len = size;
	return bytes[head + size] == '\n' ? (ptrdiff_t)(head + size + 1) : -1;
}

static bool is_named(const struct field *field, const char *name)
{
	return strlen(name) == field->name_len && memcmp(name, field->name, field->name_len) == 0;
}

static bool is_value(const struct field *field, const char *value)
{
	return strlen(value) == field->value_len &&
	       memcmp(value, field->value, field->value_len) == 0;
}

static uint64_t number(const struct field *field)
{
	uint64_t n = 0;

	for (size_t i = 0; i < field->value_len; i++) {
		unsigned digit = (unsigned char)field->value[i] - '0';

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return 0;
		n = n * 10 + digit;
	}
	return n;
}

/* The journal's own time, when nobody has given a better one. */
static void stamp(struct log_entry *out, uint64_t microseconds)
{
	if (out->record.stamp || microseconds > UINT64_MAX / 1000)
		return;
	clock_rfc3339(microseconds * 1000, out->stamp);
	out->record.stamp_len = strlen(out->stamp);
}

static void take(struct log_entry *out, const struct field *field)
{
	struct log_record *record = &out->record;

	if (is_named(field, "MESSAGE")) {
		record->text = field->value;
		record->len = field->value_len;
	} else if (is_named(field, "PRIORITY")) {
		record->is_err = is_value(field, "3");
	} else if (is_named(field, "CONTAINER_PARTIAL_MESSAGE")) {
		record->full = !is_value(field, "true");
	} else if (is_named(field, "SYSLOG_TIMESTAMP")) {
		record->stamp = field->value;
		record->stamp_len = field->value_len;
	} else if (is_named(field, "__REALTIME_TIMESTAMP")) {
		stamp(out, number(field));
	} else if (is_named(field, "__CURSOR")) {
		out->cursor = field->value;
		out->cursor_len = field->value_len;
	} else if (is_named(field, "CONTAINER_LOG_EPOCH")) {
		out->epoch = field->value;
		out->epoch_len = field->value_len;
	} else if (is_named(field, "CONTAINER_LOG_ORDINAL")) {
		out->ordinal = number(field);
	}
}

ptrdiff_t log_export_next(const char *bytes, size_t len, struct log_entry *out)
{
	size_t at = 0;

	*out = (struct log_entry){ .record = { .text = "", .full = true } };
	while (at < len && bytes[at] != '\n') {
		struct field field;
		ptrdiff_t n = take_field(bytes + at, len - at, &field);

		if (n <= 0)
			return n;
		take(out, &field);
		at += (size_t)n;
	}
	if (at == len)
		return 0;
	if (!out->record.stamp)
		out->record.stamp = out->stamp;
	return (ptrdiff_t)at + 1;
}
