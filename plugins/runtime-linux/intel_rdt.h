/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intel_rdt.h - linux.intelRdt: shares of the last-level cache and of memory bandwidth, by resctrl.
 *
 * A class of service (CLOS) is a directory of the resctrl filesystem; what is in its `tasks` gets what its
 * `schemata` says. Without a closID the class is the container's own and is named after it.
 */
#ifndef RUNTIME_LINUX_INTEL_RDT_H
#define RUNTIME_LINUX_INTEL_RDT_H

#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/json.h>

struct intel_rdt;

/**
 * Read linux.intelRdt of @config. *@out is NULL when there is none. ENOTSUP: no resctrl is mounted.
 * Touches nothing.
 */
int intel_rdt_plan(const struct json *config, const char *id, struct intel_rdt **out,
		   struct cleat_error *err);
/** The same below the directory @root, which is taken over. */
int intel_rdt_plan_at(int root, const struct json *node, const char *id, struct intel_rdt **out,
		      struct cleat_error *err);
/** Directories that create will make, one a line, the deepest first; "" for none. Borrowed. */
const char *intel_rdt_recorded(const struct intel_rdt *rdt);
/** Make them and write the schemata, or compare those of a class that is there. NULL: nothing. */
int intel_rdt_create(const struct intel_rdt *rdt, struct cleat_error *err);
/** Put @pid in. NULL: nothing. */
int intel_rdt_add(const struct intel_rdt *rdt, pid_t pid, struct cleat_error *err);
/** New schemata for a running container; @node has the members of linux.intelRdt. */
int intel_rdt_update(const struct intel_rdt *rdt, const struct json *node, struct cleat_error *err);
/** Remove what intel_rdt_recorded said, but for a class that others are in. Repeatable. */
int intel_rdt_remove(const char *recorded, struct cleat_error *err);
int intel_rdt_remove_at(int root, const char *recorded, struct cleat_error *err);
void intel_rdt_free(struct intel_rdt *rdt);

#endif
