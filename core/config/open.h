/* SPDX-License-Identifier: Apache-2.0 */
/* open.h - config_open with other directories: for tests. */
#ifndef CORE_CONFIG_OPEN_H
#define CORE_CONFIG_OPEN_H

#include "config.h"

/** @dirs: NULL-ended, least important first. */
int config_open_dirs(const char *const *dirs, struct config **out, struct cleat_error *err);

#endif
