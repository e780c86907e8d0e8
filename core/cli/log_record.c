/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_record.c - one record of a container's log: docker's json-file, or Kubernetes' CRI.
 *
 * Not with the JSON parser: a program may say what is no UTF-8, and gets it back here.
 */
#include "cli/log_record.h"

#include <string.h>

/* ---- json-file ----------------------------------------------------------------------------------- */

static int hex(const char *s)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9'                 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 63));
		*to++ = (char)(0x80 | (code & 63));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 63));
		*to++ = (char)(0x80 | (code >> 6 & 63));
		*to++ = (char)(0x80 | (code & 63));
	}
	return to;
}

/* After "\u". The number of bytes used, or -1. */
static int unicode(const char *from, const char *end, char **to)
{
	int code = end - from >= 4 ? hex(from) : -1;
	int low = -1;

	if (code >= 0xd800 && code < 0xdc00 && end - from >= 10 && from[4] == '\\' &&
	    from[5] == 'u')
		low = hex(from + 6);
	if (low >= 0xdc00 && low < 0xe000) {
		*to = put_utf8(*to, 0x10000u + ((unsigned)(code - 0xd800) << 10) +
					    (unsigned)(low - 0xdc00));
		return 10;
	}
	if (code < 0)
		return -1;
	*to = put_utf8(*to, (unsigned)code);
	return 4;
}

static char unescaped(char c)
{
	static const char letters[] = "nrtbf\"\\/";
	static const char bytes[] = "\n\r\t\b\f\"\\/";
	const char *p = c ? strchr(letters, c) : NULL;

	return p ? bytes[p - letters] : '\0';
}

/* After a backslash at @from: what it stands for, to *@to. The number of bytes used, or -1. */
static int escape(const char *from, const char *end, char **to)
{
	if (end - from < 2)
		return -1;
	if (from[1] == 'u') {
		int used = unicode(from + 2, end, to);

		return used < 0 ? -1 : 2 + used;
	}
	char c = unescaped(from[1]);

	if (!c)
		return -1;
	*(*to)++ = c;
	return 2;
}

/*
 * The string at @from, behind its quote, in place. The place behind its end, or NULL. As a rule there is
 * one escape, at its end: what is between them is found and moved as a whole.
 */
static char *unescape(char *from, const char *end, size_t *out_len)
{
	char *start = from;
	char *to = from;
	const char *quote = NULL;

	while (from < end) {
		if (!quote || quote < from)
			quote = memchr(from, '"', (size_t)(end - from));
		if (!quote)
			return NULL;
		char *slash = memchr(from, '\\', (size_t)(quote - from));
		size_t plain = slash ? (size_t)(slash - from) : (size_t)(quote - from);

		if (to != from)
			memmove(to, from, plain);
		to += plain;
		from += plain;
		if (!slash)
			break;
		int used = escape(from, end, &to);

		if (used < 0)
			return NULL;
		from += used;
	}
	*out_len = (size_t)(to - start);
	return from < end ? from + 1 : NULL;
}

/* As a rule it is right behind a comma at @from. */
static const char *member(const char *from, const char *end, const char *key, size_t *out_len)
{
	size_t len = strlen(key);
	bool is_next = (size_t)(end - from) > len && memcmp(from + 1, key, len) == 0;
	const char *at = is_next ? from + 1 : memmem(from, (size_t)(end - from), key, len);
	const char *value = at ? at + len : NULL;
	const char *quote = value ? memchr(value, '"', (size_t)(end - value)) : NULL;

	*out_len = quote ? (size_t)(quote - value) : 0;
	return quote ? value : NULL;
}

static bool parse_json(char *bytes, size_t len, struct log_record *out)
{
	static const char head[] = "{\"log\":\"";
	const size_t skip = sizeof(head) - 1;
	const char *end = bytes + len;
	size_t n = 0;

	if (len < skip + 2 || memcmp(bytes, head, skip) != 0 || end[-1] != '}')
		return false;
	const char *rest = unescape(bytes + skip, end, &out->len);
	const char *stream = rest ? member(rest, end, "\"stream\":\"", &n) : NULL;

	if (!stream || n != 6)
		return false;
	out->text = bytes + skip;
	out->is_err = memcmp(stream, "stderr", 6) == 0;
	out->stamp = member(stream + n + 1, end, "\"time\":\"", &out->stamp_len);
	if (!out->stamp) /* another order is JSON as well */
		out->stamp = member(rest, end, "\"time\":\"", &out->stamp_len);
	out->full = out->len > 0 && out->text[out->len - 1] == '\n';
	out->len -= out->full;
	return out->stamp != NULL;
}

/* ---- cri ------------------------------------------------------------------------------------------- */

static bool parse_cri(const char *bytes, size_t len, struct log_record *out)
{
	const char *end = bytes + len;
	const char *stream = memchr(bytes, ' ', len);

	if (!stream || end - stream < 10)
		return false;
	out->stamp = bytes;
	out->stamp_len = (size_t)(stream - bytes);
	out->is_err = memcmp(stream, " stderr ", 8) == 0;
	if (!out->is_err && memcmp(stream, " stdout ", 8) != 0)
		return false;
	const char *tags = stream + 8;
	const char *text = memchr(tags, ' ', (size_t)(end - tags));

	if (!text || (*tags != 'F' && *tags != 'P') || (tags[1] != ' ' && tags[1] != ':'))
		return false;
	out->full = *tags == 'F';
	out->text = text + 1;
	out->len = (size_t)(end - out->text);
	return true;
}

bool log_record_parse(char *bytes, size_t len, struct log_record *out)
{
	bool good = len > 0 &&
		    (*bytes == '{' ? parse_json(bytes, len, out) : parse_cri(bytes, len, out));

	return good && out->stamp_len >= 20 && out->stamp_len <= 40;
}
