/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits.h - names of resource limits. */
#ifndef CORE_SPEC_RLIMITS_H
#define CORE_SPEC_RLIMITS_H

/** "nofile" or "RLIMIT_NOFILE", in any case, to the specification's name; NULL if unknown. */
const char *rlimit_name(const char *name);

#endif
