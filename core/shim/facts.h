/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h - cleat.json: what cleatd tells a shim beyond containerd's protocol. */
#ifndef CORE_SHIM_FACTS_H
#define CORE_SHIM_FACTS_H

#include <stdbool.h>

#include <cleat/io.h>
#include <cleat/json.h>

/** Strings live as long as this; NULL where the file says nothing. */
struct facts {
	struct json_doc *doc;
	bool engine; /* there is such a file */
	bool private_root, no_pivot, transient;
	const char *runtime, *io, *cgroup_parent, *log_dir, *restart, *name, *image;
	struct cleat_pair *options; /* log_options */
	struct cleat_pair *labels;
	uint32_t noptions, nlabels;
};

/** Read <bundle>/cleat.json. Absent: success, everything empty. */
int facts_read(int bundle_fd, struct facts *out, struct cleat_error *err);
void facts_fini(struct facts *facts);
#define _cleanup_facts_ __attribute__((cleanup(facts_fini)))

#endif
