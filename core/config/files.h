/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - which files are read, in which order. */
#ifndef CORE_CONFIG_FILES_H
#define CORE_CONFIG_FILES_H

#include "base/text.h"

/**
 * The files that exist of @dirs (NULL-ended, least important first): each directory's cleat.ini, then
 * all conf.d/NAME.ini sorted by name, a later directory's hiding an earlier one's of the same name.
 */
int files_list(const char *const *dirs, struct strings *out, struct cleat_error *err);

#endif
