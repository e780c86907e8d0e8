/* SPDX-License-Identifier: Apache-2.0 */
/* intel_schemata.h - the lines that say what a class of service gets. */
#ifndef RUNTIME_LINUX_INTEL_SCHEMATA_H
#define RUNTIME_LINUX_INTEL_SCHEMATA_H

#include <cleat/error.h>
#include <cleat/json.h>

/**
 * l3CacheSchema, memBwSchema and schemata of @node as one text in this order, malloc'ed; NULL when there
 * are none. An MB line of l3CacheSchema gives way to memBwSchema, as the specification says.
 */
int intel_schemata_read(const struct json *node, char **out, struct cleat_error *err);
/** Does @now, as resctrl prints it, hold every value of @wanted? EINVAL names the line that differs. */
int intel_schemata_compare(const char *wanted, const char *now, const char *clos,
			   struct cleat_error *err);

#endif
