/* SPDX-License-Identifier: Apache-2.0 */
/* witness.h - a host that counts what a plugin takes, and can run out of memory on purpose. */
#ifndef CONFORMANCE_WITNESS_H
#define CONFORMANCE_WITNESS_H

#include <cleat/host.h>

struct loop;

struct witness {
	struct cleat_host table; /* first: what the plugin is given */
	struct cleat_host *real; /* the loader's own host, which does the work */
	int live;                /* allocations that nobody gave back */
	int fail_after;          /* so many more succeed; -1: all */
};

/** Free with witness_free. NULL when out of memory. */
struct witness *witness_new(const char *type, const char *name, const char *records,
			    struct loop *loop);
void witness_free(struct witness *witness);

#endif
