/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - keep strings together, so that nobody has to ask who frees one. */
#include "pool.h"

#include <cleat/cleanup.h>

#include <stdio.h>

const char *pool_text(struct pool *pool, const char *text)
{
	if (strings_add(&pool->strings, text) < 0)
		return NULL;
	return pool->strings.item[pool->strings.n - 1];
}

const char *pool_format(struct pool *pool, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);

	va_end(args);
	if (n < 0) {
		text = NULL;
		return NULL;
	}
	return pool_text(pool, text);
}

void pool_fini(struct pool *pool)
{
	strings_fini(&pool->strings);
}
