/* SPDX-License-Identifier: Apache-2.0 */
/* userns.h - what --userns says: whose ids a container has. */
#ifndef CORE_BASE_USERNS_H
#define CORE_BASE_USERNS_H

#include <stdint.h>

#include <cleat/error.h>

enum userns_mode {
	USERNS_HOST,  /* "host": the host's user namespace */
	USERNS_AUTO,  /* "auto": one of its own, on ids that nobody else has */
	USERNS_RANGE, /* "UID:GID:N": one of its own, on these */
};

/** Ids 0 .. size - 1 inside are uid .. and gid .. outside; size 0: no user namespace of its own. */
struct userns {
	enum userns_mode mode;
	uint32_t uid, gid, size;
};

/** "" is the host's. EINVAL, with the reason alone. */
int userns_parse(const char *text, struct userns *out, struct cleat_error *err);

#endif
