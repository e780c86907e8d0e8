/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - the four types of plugins and what a table of each must have. */
#ifndef CORE_PLUGIN_TYPES_H
#define CORE_PLUGIN_TYPES_H

#include <stddef.h>

/** A member of an ops table. */
struct type_op {
	const char *name;
	size_t offset;
};

struct type {
	const char *name;            /* "runtime" */
	unsigned bit;                /* PLUGIN_RUNTIME */
	size_t ops_size;             /* of the table as this program knows it */
	const struct type_op *needs; /* mandatory ops, NULL name at the end */
};

/** The type called @name, or NULL. */
const struct type *type_find(const char *name);
/** All types; the last has a NULL name. */
const struct type *type_list(void);

#endif
