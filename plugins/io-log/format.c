/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - a piece of a line as a record.
 *
 * json-file is docker's: a piece that ends a line has "\n" in its text, another has not. Bytes that are
 * no UTF-8 are written as they are: our reader gives them back, and others replace them, as docker
 * does before it writes. cri is Kubernetes': tag F ends a line, P does not.
 */
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char json_head[] = "{\"log\":\"";
static const char *const json_tail[] = { "\",\"stream\":\"stdout\",\"time\":\"",
					 "\",\"stream\":\"stderr\",\"time\":\"" };
static const char json_end[] = "\"}\n";
enum {
	JSON_HEAD = sizeof(json_head) - 1,
	JSON_TAIL = sizeof("\",\"stream\":\"stdout\",\"time\":\"") - 1,
	JSON_END = sizeof(json_end) - 1,
	STAMP = STAMP_TEXT - 1,
	CRI_TAG = STAMP + sizeof(" stdout ") - 1,
};

static void put_digits(char *to, unsigned value, int n)
{
	while (n > 0) {
		to[--n] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* Once for each read: only the part below a second is made anew as a rule. */
void format_stamp(struct stamp *stamp, uint64_t ns)
{
	time_t second = (time_t)(ns / 1000000000u);
	struct tm tm;

	stamp->ns = ns;
	if (stamp->second != (uint64_t)second + 1) {
		(void)gmtime_r(&second, &tm);
		(void)snprintf(stamp->text, STAMP_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.000000000Z",
			       (unsigned)(tm.tm_year + 1900) % 10000u,
			       (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u,
			       (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
			       (unsigned)tm.tm_sec % 100u);
		stamp->second = (uint64_t)second + 1;
	}
	put_digits(stamp->text + STAMP_TEXT - 11, (unsigned)(ns % 1000000000u), 9);
}

static char *put(char *to, const char *bytes, size_t n)
{
	memcpy(to, bytes, n);
	return to + n;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static char *escape(char *to, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = { ['"'] = '"',  ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r',
					['\t'] = 't', ['\b'] = 'b',  ['\f'] = 'f' };

	*to++ = '\\';
	if (letters[c]) {
		*to++ = letters[c];
		return to;
	}
	to = put(to, "u00", 3);
	*to++ = digits[c >> 4];
	*to++ = digits[c & 15];
	return to;
}

/*
 * Sixteen bytes at a time, as SSE2, NEON or what else there is: text is plain as a rule, and this is most of
 * what json-file costs beyond cri. They are copied before they are judged: there is room behind.
 */
enum { WIDE = 16 };
typedef unsigned char wide __attribute__((vector_size(WIDE)));

/* How many of the first sixteen bytes are plain; they are copied. */
static size_t put_plain(char *to, const char *text)
{
	wide bytes;
	uint64_t special[2];

	memcpy(&bytes, text, WIDE);
	memcpy(to, &bytes, WIDE);
	const wide found = (wide)(bytes < 0x20) | (wide)(bytes == '"') | (wide)(bytes == '\\');

	memcpy(special, &found, WIDE);
	if (!(special[0] | special[1]))
		return WIDE;
	size_t n = 0;

	while (is_plain((unsigned char)text[n]))
		n++;
	return n;
}

static char *put_escaped(char *to, const char *text, size_t len)
{
	const char *end = text + len;

	while (end - text >= WIDE) {
		size_t n = put_plain(to, text);

		text += n;
		to += n;
		if (n < WIDE)
			to = escape(to, (unsigned char)*text++);
	}
	for (; text < end; text++) {
		if (is_plain((unsigned char)*text))
			*to++ = *text;
		else
			to = escape(to, (unsigned char)*text);
	}
	return to;
}

static size_t json(char *out, const char *text, size_t len, bool full, bool is_err,
		   const char *stamp)
{
	char *to = put(out, json_head, JSON_HEAD);

	to = put_escaped(to, text, len);
	if (full)
		to = put(to, "\\n", 2);
	to = put(to, json_tail[is_err], JSON_TAIL);
	to = put(to, stamp, STAMP);
	return (size_t)(put(to, json_end, JSON_END) - out);
}

static size_t cri(char *out, const char *text, size_t len, bool full, bool is_err,
		  const char *stamp)
{
	char *to = put(out, stamp, STAMP);

	to = put(to, is_err ? " stderr " : " stdout ", 8);
	to = put(to, full ? "F " : "P ", 2);
	to = put(to, text, len);
	*to++ = '\n';
	return (size_t)(to - out);
}

size_t format_record(enum format format, char *out, const char *text, size_t len, bool full,
		     bool is_err, const char *stamp)
{
	return format == FORMAT_CRI ? cri(out, text, len, full, is_err, stamp)
				    : json(out, text, len, full, is_err, stamp);
}

bool format_is_full(enum format format, const char *record, size_t len)
{
	const size_t after = JSON_TAIL + STAMP + JSON_END;
	size_t backslashes = 0;

	if (format == FORMAT_CRI)
		return len > CRI_TAG && record[CRI_TAG] == 'F';
	if (len < JSON_HEAD + 2 + after)
		return false;
	const char *last = record + len - after - 1;

	/* an "n" after an odd number of backslashes is a newline */
	while (last - 1 - backslashes >= record + JSON_HEAD &&
	       last[-1 - (ssize_t)backslashes] == '\\')
		backslashes++;
	return *last == 'n' && backslashes % 2 == 1;
}

int format_stream(enum format format, const char *record, size_t len)
{
	const size_t json_at = JSON_TAIL + STAMP + JSON_END - (sizeof("\",\"stream\":\"std") - 1);
	size_t at = format == FORMAT_CRI ? STAMP + sizeof(" std") - 1
					 : (len > json_at ? len - json_at : 0);

	return at < len && record[at] == 'e';
}
