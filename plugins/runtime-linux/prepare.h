/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.h - what create and exec both prepare before the clone. */
#ifndef RUNTIME_LINUX_PREPARE_H
#define RUNTIME_LINUX_PREPARE_H

#include "box.h"
#include "init.h"

/** Capabilities (@caps: the object) and room for groups, for the process that init holds. */
int prepare_credentials(struct init *init, struct runtime *rt, const struct json *caps,
			struct cleat_error *err);
/** The filter of linux.seccomp in @config. */
int prepare_seccomp(struct init *init, struct runtime *rt, const struct json *config,
		    struct cleat_error *err);
/** Are descriptors 3 .. 3+n-1 there? Before we open one ourselves. */
int prepare_preserved(uint32_t n, struct cleat_error *err);

#endif
