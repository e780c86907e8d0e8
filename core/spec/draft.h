/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.h - a config.json in the making, and the writers of its members.
 *
 * Each writer is a file of its own; generate.c holds the order. A writer writes its key and value,
 * or nothing when there is nothing to say.
 */
#ifndef CORE_SPEC_DRAFT_H
#define CORE_SPEC_DRAFT_H

#include "base/json_out.h"

#include "spec.h"

/** The host path options->init is bound here, outside of what images usually have. */
#define SPEC_INIT_TARGET "/sbin/.cleat-init"

struct draft {
	const struct spec_options *options;
	struct json_out *out;
	uint64_t capabilities; /**< mask, what the container gets */
	bool rootless;         /**< for a caller without privileges: own user namespace, one id */
};

/** The whole document. Free *out_json. */
int draft_write(struct draft *draft, bool pretty, char **out_json, struct cleat_error *err);

int draft_process(struct draft *draft, struct cleat_error *err);
int draft_rlimits(struct draft *draft, struct cleat_error *err);
int draft_mounts(struct draft *draft, struct cleat_error *err);
int draft_namespaces(struct draft *draft, struct cleat_error *err);
int draft_devices(struct draft *draft, struct cleat_error *err);
int draft_resources(struct draft *draft, struct cleat_error *err);
int draft_protection(struct draft *draft, struct cleat_error *err);
int draft_seccomp(struct draft *draft, struct cleat_error *err);

/** Does the container get a namespace of its own or a given one, by the member of spec_options? */
bool draft_has_namespace(const char *member);
/** Write one entry of "mounts". */
void draft_mount(struct draft *draft, const char *target, const char *type, const char *source,
		 const char *const *options);
/** Write the members "uidMappings" and "gidMappings", when the container has a user namespace of its own. */
void draft_mappings(struct draft *draft);
/** The member says "host". */
bool draft_is_host(const char *member);

#endif
