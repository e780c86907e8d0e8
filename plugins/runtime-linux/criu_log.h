/* SPDX-License-Identifier: Apache-2.0 */
/* criu_log.h - what criu said about its failure. */
#ifndef RUNTIME_LINUX_CRIU_LOG_H
#define RUNTIME_LINUX_CRIU_LOG_H

#include <stddef.h>

/**
 * The last errors in @name below @dir, or else in @said, its output; "" when there is none. Earlier ones may
 * be of something that criu can do without.
 */
void criu_log_errors(int dir, const char *name, int said, char *out, size_t size);

#endif
