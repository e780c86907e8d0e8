/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.h - sets of capabilities as masks: names, arithmetic, JSON. */
#ifndef CORE_SPEC_CAPABILITIES_H
#define CORE_SPEC_CAPABILITIES_H

#include "base/json_out.h"
#include "spec.h"

/** "NET_ADMIN", "cap_net_admin" to a number; EINVAL names the nearest one. */
int capability_parse(const char *name, unsigned *out, struct cleat_error *err);
/** Every capability, or every one in this process's bounding set. */
uint64_t capabilities_all(bool bounded);
/** docker's rules for defaults, --privileged, --cap-add and --cap-drop. */
int capabilities_choose(const struct spec_options *options, uint64_t *out, struct cleat_error *err);
/**
 * Write the member "capabilities". Inheritable and ambient stay empty (CVE-2022-24769 and kin); without
 * @effective only the bounding set is written, as execve would leave it for a user who is not root.
 */
void capabilities_write(struct json_out *out, uint64_t mask, bool effective);

#endif
