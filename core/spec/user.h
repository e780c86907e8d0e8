/* SPDX-License-Identifier: Apache-2.0 */
/* user.h - "1000:50" or "name:group" as process.user. */
#ifndef CORE_SPEC_USER_H
#define CORE_SPEC_USER_H

#include "base/json_out.h"

#include <cleat/error.h>

struct spec_user {
	uint32_t uid, gid;
	const char *name; /**< when it has to be looked up inside the jail; else NULL */
};

/** Is it (or may it be) root? A name that is not known yet counts as root. */
bool user_may_be_root(const struct spec_user *user);
/** NULL or "": root. EINVAL: empty parts, control characters, a number out of range. */
int user_parse(const char *text, struct spec_user *out, struct cleat_error *err);
/** Write the member "user"; @groups are numbers. EINVAL. */
int user_write(struct json_out *out, const struct spec_user *user, const char *const *groups,
	       struct cleat_error *err);

#endif
