/* SPDX-License-Identifier: Apache-2.0 */
/* sections.h - the core's own sections: [cleat], [plugins], [shim/NAME]. */
#ifndef CORE_CONFIG_SECTIONS_H
#define CORE_CONFIG_SECTIONS_H

#include "config.h"

struct pool;

/** Bind all of them, check paths, fill in what "" stands for; refuse sections that cannot exist. */
int sections_bind(struct config *config, struct pool *pool, struct cleat_error *err);

#endif
