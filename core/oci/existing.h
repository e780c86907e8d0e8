/* SPDX-License-Identifier: Apache-2.0 */
/* existing.h - a container that exists: its directory, record, runtime and present state. */
#ifndef CORE_OCI_EXISTING_H
#define CORE_OCI_EXISTING_H

#include "arguments.h"
#include "record.h"
#include "runtime.h"
#include "use/use.h"

struct container {
	const char *id; /* borrowed */
	int root, dir;
	struct record record;
	struct runtime runtime;
	struct box *box;
	struct cleat_state state;
};

#define CONTAINER_NONE ((struct container){ .root = -1, .dir = -1 })

/** Open the directory only. ENOENT: "container does not exist". */
int container_open_dir(const struct arguments *arguments, struct container *out,
		       struct cleat_error *err);
/** Then the record and the runtime's handle, and ask for the state. ENOENT: a create that failed early. */
int container_load(const struct arguments *arguments, struct container *container,
		   struct cleat_error *err);
/** Both, with rest[0] as the id. */
int container_open(const struct arguments *arguments, struct container *out,
		   struct cleat_error *err);
/** The same, after a create that is under way has ended: for what its unfinished init must not meet. */
int container_open_settled(const struct arguments *arguments, struct container *out,
			   struct cleat_error *err);
/** The same without its state: for what the runtime refuses by itself. */
int container_open_unasked(const struct arguments *arguments, struct container *out,
			   struct cleat_error *err);
void container_fini(struct container *container);
#define _cleanup_container_ __attribute__((cleanup(container_fini)))

/** "created", "running", "paused", "pausing" or "stopped". */
const char *container_status(const struct container *container);
/** Write the members of the state document (oci-runtime.md 1.8), with @owner for `list`. */
void container_write_state(const struct container *container, bool owner, struct json_out *out);

#endif
