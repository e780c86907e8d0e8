/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits.h - process.rlimits, set by the parent on the child: it still has the privileges. */
#ifndef RUNTIME_LINUX_RLIMITS_H
#define RUNTIME_LINUX_RLIMITS_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/json.h>

struct rlimits {
	uint32_t set; /**< bit n: limit n is given */
	struct rlimit64 value[RLIM_NLIMITS];
};

/** Read @list, the `process.rlimits` array; NULL means none. Unknown names and duplicates: EINVAL. */
int rlimits_parse(const struct json *list, struct rlimits *out, struct cleat_error *err);
/** Set them on @pid (0: the caller). No allocation. EPERM names the limit and both values. */
int rlimits_apply(const struct rlimits *limits, pid_t pid, struct cleat_error *err);

#endif
