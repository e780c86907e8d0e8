/* SPDX-License-Identifier: Apache-2.0 */
/* devices.h - the allow-list of devices, a part of linux.resources. */
#ifndef CORE_SPEC_DEVICES_H
#define CORE_SPEC_DEVICES_H

#include "draft.h"

/** With a user namespace of its own, which can make no nodes: those of the host as bind mounts. EINVAL, ENOENT. */
int devices_write_mounts(struct draft *draft, struct cleat_error *err);
/** Write resources.devices. EINVAL, ENOENT. */
int devices_write_rules(struct draft *draft, struct cleat_error *err);

#endif
