/* SPDX-License-Identifier: Apache-2.0 */
/* joined_root.h - a root filesystem inside a mount namespace that is given by path. */
#ifndef RUNTIME_LINUX_JOINED_ROOT_H
#define RUNTIME_LINUX_JOINED_ROOT_H

#include "init.h"
#include "record.h"

bool joined_root_is_wanted(const struct plan *plan);
/** In the parent: where the root goes, as an absolute path, into init->joined_root. */
int joined_root_plan(struct init *init, const char *bundle, struct cleat_error *err);
/** In the child, in the namespace: cover init->joined_root. A descriptor to attach the root on, or -errno. */
int joined_root_prepare(struct init *init, struct cleat_error *err);
/** Unmount what the container of @record has mounted there. Nothing there is success. */
int joined_root_remove(const struct record *record, struct cleat_error *err);

#endif
