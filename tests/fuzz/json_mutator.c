/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_mutator.c - changes a document so that it mostly stays one: bytes alone hardly ever get past the reader.
 *
 * A value is a scalar or everything between a pair of brackets. One is replaced by a difficult one, by another
 * of the same document, or doubled; every other time libFuzzer's own way, for what lies in the words.
 */
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

enum { VALUES = 512, DEEP = 64 };

struct span {
	size_t from, end;
};
struct scan {
	struct span values[VALUES];
	size_t n;
};

static size_t end_of_string(const uint8_t *data, size_t size, size_t at)
{
	for (at++; at < size && data[at] != '"'; at++)
		if (data[at] == '\\')
			at++;
	return at < size ? at + 1 : size;
}

static size_t end_of_scalar(const uint8_t *data, size_t size, size_t at)
{
	while (at < size && !strchr(",]}: \n\t", data[at]))
		at++;
	return at;
}

static void note(struct scan *scan, size_t from, size_t end)
{
	if (scan->n < VALUES && end > from)
		scan->values[scan->n++] = (struct span){ from, end };
}

static void scan_values(const uint8_t *data, size_t size, struct scan *scan)
{
	size_t open[DEEP];
	size_t depth = 0;

	for (size_t at = 0; at < size;) {
		size_t end = at + 1;

		if (data[at] == '"') {
			end = end_of_string(data, size, at);
			note(scan, at, end);
		} else if (data[at] == '{' || data[at] == '[') {
			if (depth < DEEP)
				open[depth++] = at;
		} else if (data[at] == '}' || data[at] == ']') {
			if (depth > 0)
				note(scan, open[--depth], end);
		} else if (!strchr(",: \n\t", data[at])) {
			end = end_of_scalar(data, size, at);
			note(scan, at, end);
			end = end > at ? end : at + 1;
		}
		at = end;
	}
}

static size_t put(uint8_t *data, size_t size, size_t max_size, struct span where, const void *bytes,
		  size_t len)
{
	size_t rest = size - where.end;

	if (where.from + len + rest > max_size)
		return size;
	memmove(data + where.from + len, data + where.end, rest);
	memcpy(data + where.from, bytes, len);
	return where.from + len + rest;
}

static size_t put_difficult(uint8_t *data, size_t size, size_t max_size, struct span where,
			    unsigned int seed)
{
	static const char *const difficult[] = {
		"null",
		"true",
		"-1",
		"0",
		"1",
		"65536",
		"2147483648",
		"4294967295",
		"4294967296",
		"9223372036854775807",
		"-9223372036854775808",
		"18446744073709551615",
		"18446744073709551616",
		"1.5",
		"1e400",
		"-0",
		"\"\"",
		"\"/\"",
		"\"..\"",
		"\"../x\"",
		"\"a\\nb\"",
		"\"/proc/1/ns/net\"",
		"[]",
		"{}",
		"[\"\"]",
		"[null]",
		"[[]]",
		"{\"\":0}",
	};
	const char *chosen = difficult[seed % ARRAY_SIZE(difficult)];

	return put(data, size, max_size, where, chosen, strlen(chosen));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct scan scan = { 0 };

	if (seed % 2 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	seed /= 2;
	scan_values(data, size, &scan);
	if (scan.n == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	struct span where = scan.values[seed / 4 % scan.n];
	struct span other = scan.values[seed / 4096 % scan.n];

	if (seed % 4 < 2)
		return put_difficult(data, size, max_size, where, seed / 8);
	_cleanup_free_ char *copy = fuzz_text(data + other.from, other.end - other.from);

	if (seed % 4 == 3) { /* another one after it */
		size_t with_comma =
			put(data, size, max_size, (struct span){ where.end, where.end }, ",", 1);

		where = (struct span){ where.end + 1, where.end + 1 };
		if (with_comma == size)
			return size;
		size = with_comma;
	}
	return put(data, size, max_size, where, copy, other.end - other.from);
}
