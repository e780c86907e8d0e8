/* SPDX-License-Identifier: Apache-2.0 */
/* number_list.c - "0-3,8" as bits. */
#include "number_list.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 8 * sizeof(long) };

/* One number at *@at, which is moved behind it. -1: there is none, or it is too large. */
static long read_number(const char **at)
{
	long value = 0;

	if (**at < '0' || **at > '9')
		return -1;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		value = value * 10 + (**at - '0');
		if (value >= NUMBER_LIST_BITS)
			return -1;
	}
	return value;
}

/* "3" or "0-3" at *@at. */
static int read_range(const char **at, struct number_list *out)
{
	long first = read_number(at);
	long last = first;

	if (first < 0)
		return -EINVAL;
	if (**at == '-') {
		++*at;
		last = read_number(at);
	}
	if (last < first)
		return -EINVAL;
	for (long i = first; i <= last; i++)
		out->bits[i / WORD_BITS] |= 1UL << (i % WORD_BITS);
	return 0;
}

int number_list_parse(const char *text, const char *what, struct number_list *out,
		      struct cleat_error *err)
{
	const char *at = text;
	int r = 0;

	memset(out, 0, sizeof(*out));
	while (r == 0 && *at) {
		r = read_range(&at, out);
		if (r == 0 && *at == ',' && at[1])
			at++;
		else if (r == 0 && *at)
			r = -EINVAL;
	}
	if (r < 0)
		return cleat_fail(err, EINVAL,
				  "%s must be a list as \"0-3,8\" of numbers below %d, not '%.80s'",
				  what, NUMBER_LIST_BITS, text);
	return 0;
}

int number_list_highest(const struct number_list *list)
{
	for (int i = NUMBER_LIST_BITS; i-- > 0;)
		if (list->bits[i / WORD_BITS] & 1UL << (i % WORD_BITS))
			return i;
	return -1;
}

bool number_list_is_empty(const struct number_list *list)
{
	return number_list_highest(list) < 0;
}
