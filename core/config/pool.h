/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - strings that all live as long as their config. */
#ifndef CORE_CONFIG_POOL_H
#define CORE_CONFIG_POOL_H

#include "base/text.h"

struct pool {
	struct strings strings;
};

/** A copy that lives until the pool is freed; NULL when out of memory. */
const char *pool_text(struct pool *pool, const char *text);
/** The same for a formatted text. */
const char *pool_format(struct pool *pool, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void pool_fini(struct pool *pool);

#endif
