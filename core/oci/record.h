/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - record.json: what cleat-oci must know of a container beside what the kernel tells.
 *
 * It is written before anything is made, so that `delete -f` finds what a crash left. The runtime
 * plugin keeps records of its own in the same directory.
 */
#ifndef CORE_OCI_RECORD_H
#define CORE_OCI_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/json.h>

#include "base/json_out.h"

struct record {
	const char *version, *bundle, *rootfs, *runtime;
	uint64_t created_ns;
	uint32_t owner;
	const struct json *annotations; /**< an object or NULL */
	struct json_doc *doc;           /**< when it was read: holds the strings */
};

/** Not fsynced: after a crash of the machine nothing of it is true. */
int record_write(int dir, const struct record *record, struct cleat_error *err);
/** ENOENT: there is none, which means a create that went no further. Free with record_fini. */
int record_read(int dir, const char *id, struct record *out, struct cleat_error *err);
bool record_exists(int dir);
/** Remove both files; what cannot be removed shows when the directory is. */
void record_remove(int dir);
void record_fini(struct record *record);

/** A copy of the configuration, since a change after create must have no effect. */
int record_config_write(int dir, const char *config, size_t len, struct cleat_error *err);
int record_config_read(int dir, struct json_doc **out, struct cleat_error *err);

#endif
